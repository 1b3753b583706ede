"""The rules of injection_rules.py in languages other than English: German, French, Spanish, Italian, Portuguese, Chinese, Japanese, Russian."""

from apps.gateway.guards.injection_rule import FEW, Rule, W, rule

LANGUAGES: tuple[Rule, ...] = (
    rule(
        "override",
        60,
        rf"\b(?:ignorier\w*|vergiss|vergesst|vergessen sie|missachte\w*|ubergeh\w*|verwirf|befolg\w*|beacht\w*){FEW}(?:vorherig|bisherig|obig|vorig"
        rf"|fruher|vorangegangen|vorangehend|vorstehend|ursprunglich|alle\b|all\b|deine|ihre|system)\w*{W}(?:(?:\w*(?:ig|lich|gegangen|gehend|stehend"
        rf"|fruher)\w*|und|deine|ihre|der|die){W}){{0,4}}(?:anweisung|instruktion|regel|vorgabe|befehl|prompt|richtlinie|systemprompt|systemanweisung"
        rf"|einschrankung|direktive)\w*"
        rf"|\b(?:ignorier\w*|vergiss|missachte\w*){W}(?:bitte{W})?(?:(?:die|den|alle|deine){W}){{0,2}}system.?(?:anweisung|prompt|nachricht|regel)\w*"
        rf"|\b(?:ignorier\w*|vergiss|vergesst|vergessen sie){W}(?:bitte{W})?alles{W}?(?:was{W}[^\W_]+{W})?(?:,{W})?(?:bisher\w*|zuvor|vorher\w*|davor|oben"
        rf"|was)\b",
        stems="ignorier vergiss vergesst vergessen missacht ubergeh beachte befolg verwirf",
        also="anweisung instruktion regel regeln vorgabe befehl befehle prompt richtlinie systemprompt systemanweisung einschrankung direktive alles",
    ),
    rule(
        "override",
        60,
        rf"\b(?:ignore[zr]?|oublie[zr]?|ne (?:tiens|tenez) (?:pas|plus|aucun) compte|(?:fais|faites|faire) abstraction|desobei\w*"
        rf"|neglige[zr]?){FEW}(?:instructions?|consignes?|regles?|directives?|ordres?|prompts?)(?:{W}[^\W_]+){{0,2}}?{W}(?:precedent|anterieur|ci.?dessus"
        rf"|initial|d.origine|du systeme|systeme|donnee|recue|que tu|que vous)\w*"
        rf"|\b(?:ignore[zr]?|oublie[zr]?){W}(?:tout(?:es)?{W})(?:(?:les|tes|vos|ces){W})?(?:precedentes?{W})?(?:instructions?|consignes?|regles?"
        rf"|directives?|ce qui precede)\b",
        stems="ignore ignorez oubli tiens tenez abstraction desobei neglige",
        also="instruction consigne regle regles directive ordre ordres prompt precede",
    ),
    rule(
        "override",
        60,
        rf"\b(?:ignor[ae]\w*|olvid[ae]\w*|(?:haz|haga|hagan) caso omiso|no (?:hagas|haga|hagan) caso|descart[ae]\w*|desobede[^\W_]+"
        rf"|omit[ae]){FEW}(?:instrucciones|reglas|indicaciones|ordenes|directrices|directivas|prompts?)(?:{W}[^\W_]+){{0,2}}?{W}(?:anterior|previ|inicial"
        rf"|original|del sistema|de arriba|recibid|dad[oa]s|que te)\w*"
        rf"|\b(?:ignor[ae]\w*|olvid[ae]\w*){W}(?:por favor{W})?(?:tod[oa]s?{W})(?:(?:las|tus|sus|los|estas){W})?(?:anteriores{W})?(?:instrucciones|reglas"
        rf"|indicaciones|ordenes|directrices|lo anterior|lo que)\b",
        stems="ignora ignore ignoren olvid caso descart desobede omita omite",
        also="instrucc reglas indicacion ordenes directri directiv prompt anterior",
    ),
    rule(
        "override",
        60,
        rf"\b(?:ignora\w*|dimentica\w*){FEW}(?:istruzioni|regole|direttive|indicazioni)(?:{W}[^\W_]+)?{W}(?:precedenti|sopra|iniziali|date|di sistema|ricevute)"
        rf"|\b(?:ignor[ae]\w*|esquec[ae]\w*|desconsider[ae]\w*){FEW}(?:instrucoes|regras|diretrizes|ordens)(?:{W}[^\W_]+)?{W}(?:anteriores|acima|iniciais"
        rf"|previas|do sistema|dadas)",
        stems="ignora ignore dimentic esquec desconsid",
        also="istruzioni regole direttive indicazioni instrucoes regras diretrizes ordens",
    ),
    rule(
        "override",
        60,
        r"(?:忽略|忽视|忽視|无视|無視|忘记|忘掉|不要理会|不要遵守|不要遵循|别管|跳过|抛开|不用管)[^。\n]{0,10}?(?:之前|以前|上述|上面|前面|先前|此前|所有|一切|以上|原来|原有|系统|你的|全部)[^。\n]{0,8}?(?:指令|指示|提示|规则|規則"
        r"|命令|要求|说明|设定|限制|约束|内容)"
        r"|(?:以前|これまで|上記|前|すべて|全て|先ほど)の?[^。\n]{0,8}(?:指示|命令|ルール|プロンプト|指令)[^。\n]{0,6}(?:無視|忘れ)",
        marks="忽略 忽视 无视 無視 忘记 忘掉 忘れ 不要理会 不要遵守 不要遵循 别管 跳过 抛开 不用管 忽視",
    ),
    rule(
        "override",
        60,
        r"(?:про)?(?:игнорируи|игнорируите|забудь|забудьте)\w*[^.\n]{0,24}(?:инструкци|указани|правил|команд|промпт)\w*",
        marks="игнорир забуд проигнорир",
    ),
    rule(
        "new_orders",
        30,
        r"\b(?:neue|aktualisierte|geanderte)\W(?:system)?(?:anweisung|instruktion)\w*\s*:|\bab (?:jetzt|sofort) (?:bist|antwort|sollst|musst|ignorier)\w*"
        r"|\bnouvelles? (?:instructions?|consignes?)\s*:|\b(?:a partir de|desde) (?:ahora|maintenant)\W{1,3}(?:eres|responde|debes|tu|actua|solo|vous)"
        r"|\bdesormais\W{1,3}(?:tu|vous)|\bnuevas instrucciones\s*:|从现在开始[^。\n]{0,4}你|新的?(?:指令|指示|任务)\s*[:：是]",
        stems="neue aktualisierte geanderte jetzt sofort nouvelle nouvelles partir desde desormais nuevas",
        marks="从现在 新的 新指 新任",
    ),
    rule(
        "reveal",
        60,
        rf"\b(?:montre|affiche|revele|repete|donne|ecri[st]|recopie|quel(?:le)?s? (?:est|sont)|traduis|muestra|revela|repite|imprime|dime|escribe"
        rf"|cual(?:es)? (?:es|son)|ensena){FEW}(?:ton|tes|votre|vos|tu|tus|sus?){W}(?:(?:propre|completes?|exactes?|initiales?|secretes?|cachees?"
        rf"|completas?|exactas?|iniciales|secretas?|ocultas?|internes?|internas){W}){{0,3}}(?:prompt|instructions?|instrucciones|consignes?|indicaciones"
        rf"|message systeme|mensaje de(?:l)? sistema)\b",
        stems=(
            "montre affiche revele repete donne ecris recopie quels quelles quel quelle traduis muestra revela repite imprime dime escribe cual cuales ensena"
        ),
        also="prompt instruction instruccion consigne indicacion systeme sistema",
    ),
    rule(
        "reveal",
        60,
        r"(?:显示|展示|告诉|输出|打印|重复|透露|泄露|给出|说出|复述|列出|写出|公开)[^。\n]{0,10}(?:你的|完整的?|全部|原始的?|隐藏的?)[^。\n]{0,6}(?:系统提示|提示词|系统指令|初始指令|系统消息|指令)|你的(?:系统提示|系统指令|初始指令"
        r"|提示词)[^。\n]{0,4}(?:是什么|内容)|(?:あなたの)?システムプロンプトを[^。\n]{0,8}(?:表示|教え|見せ|出力)",
        marks="系统提示 提示词 系统指令 初始指令 系统消息 システムプロンプト 指令",
    ),
)
