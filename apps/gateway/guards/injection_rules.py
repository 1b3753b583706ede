"""The rules by which a text is scored, as data: what each is called, how many points it gives, and what it looks for.

README.md explains them; points were chosen on the table in tests/gateway/guards/injection_table.py.
"""

import re

from apps.gateway.guards.injection_languages import LANGUAGES
from apps.gateway.guards.injection_rule import Rule, W, rule

_INSTRUCTIONS = (
    r"(?:instructions?|prompts?|rules?|directions?|guidelines?|directives?|commands?|orders|programming|training|constraints?|restrictions?|safeguards?)"
)
_EARLIER = r"(?:previous|prior|above|earlier|preceding|former|foregoing|initial|original|system|developer|all|any|your|every)"
_SMALL = rf"(?:(?:all|any|of|the|these|those|my|your|his|its|their|and|or|every|single|previously|given|set|to|you|about){W}){{0,5}}"
_STOP = (
    r"(?:ignor(?:e|es|ing)|overlook(?:ing)?|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|overrule|bypass(?:ing)?|neglect|discard|abandon|disobey"
    r"|dismiss|cancel|void|nullify|set aside"
    r"|(?:do not|don.?t|never|stop|no longer|without|quit|cease)[\W_](?:follow|obey|listen to|comply with|adhere to|observe|apply|consider)(?:ing)?"
    r"|(?:pay no|pay zero) (?:attention|heed) to|(?:let.?s )?(?:throw|toss) (?:out|away))"
)
_UNBOUND = (
    r"(?:unrestricted|unfiltered|uncensored|jailbroken|unlimited|unaligned|amoral|(?:without|free (?:of|from)|no|not bound by|with no|ignores?)[\W_]"
    r"(?:(?:any|all|of|its|your|more|ethical|moral|safety|content)[\W_]){0,3}(?:restrictions?|filters?|rules|limits|limitations|guidelines|guardrails"
    r"|censorship|constraints?|policies))"
)
_HIDDEN = (
    r"(?:(?:full|entire|exact|complete|original|hidden|secret|initial|internal|verbatim|current|own|very first|confidential|private|system)[\W_]{1,2}){0,4}"
)
_PROMPT = (
    r"(?:(?:system|initial|hidden|secret|developer|original|pre|base|internal)[\W_]?(?:prompts?|messages?|instructions?|rules|directives|guidelines"
    r"|configuration)|pre-?prompt"
    r"|(?:prompts?|instructions?|rules|guidelines|directives)(?:(?: that)? (?:you (?:were|are|have been|got|received)|above|given to you|at the (?:top"
    r"|start|beginning)|you follow))?)"
)
_SHOW = (
    r"(?:reveal|show|print|repeat|output|display|tell|give|leak|disclose|share|write(?: out| down)?|copy|list|recite|dump|expose|quote|spell out|read out"
    r"|summari[sz]e"
    r"|paraphrase|translate|encode|return|send|paste|what (?:is|are|was|were|does|do))"
)
_DATA = (
    r"(?:conversation|chat|history|messages?|context|documents?|passages?|data|secrets?|passwords?|api.?keys?|keys?|tokens?|credentials?|e-?mails?"
    r"|contents?|answers?"
    r"|questions?|information|names?|user.?input|summary|details)"
)
_CARRIER = r"(?:https?:|url\b|link\b|query ?string|(?:url |query )?parameters?\b|image\b|img\b|markdown\b|webhook|endpoint|server\b|address\b)"

RULES: tuple[Rule, ...] = (
    # To drop what was said before.
    rule(
        "override",
        60,
        rf"\b{_STOP}{W}{_SMALL}{_EARLIER}{W}(?:(?:{_EARLIER}|of|the|your|my|and|or|message|written){W}){{0,4}}{_INSTRUCTIONS}\b"
        rf"|\b{_STOP}{W}(?:(?:all|any|of|the){W}){{0,3}}{_INSTRUCTIONS}{W}(?:(?:that|which){W})?(?:(?:you|i|they|we){W}(?:have{W})?(?:been{W}|were{W}"
        rf"|are{W})?(?:given|told|gave|received|provided|set)|above|before|so far|(?:from|in|of) (?:the |your )?(?:system|developer|before))\b"
        rf"|\b(?:ignore|disregard|forget)(?:ing)?{W}(?:about{W})?(?:everything|all|anything|what(?:ever)?)(?:{W}(?:that|of|this|it|was|is|has|been|the"
        rf"|you|i|we|they|were|have|written|said|told|just|came|come))*{W}(?:above|before(?! (?:page|chapter|section|today))|so far|up to (?:now"
        rf"|this point)|previously|until now|earlier|told|taught)\b"
        rf"|\b(?:ignore|disregard|forget){W}what(?:ever)?{W}(?:the|your|my|any)?{W}?(?:system|developer|developers|creators|company"
        rf"|operator){W}(?:has{W}|have{W})?(?:told|said|tells?|says?|instructed|wrote)\b",
        stems=(
            "ignore ignoring ignores disregard forget forgetting overrid overrule bypass neglect discard abandon disobey dismiss cancel void nullify "
            "aside follow obey listen comply adher observe apply consider attention heed throw toss overlook"
        ),
        also=(
            "instruction prompt rule rules directi directive guideline command orders programming training constraint restriction safeguard above before "
            "earlier previous told taught far until now"
        ),
    ),
    # New orders in the place of the old ones.
    rule(
        "new_orders",
        30,
        rf"\b(?:new|updated|real|actual|true|revised|additional|urgent|important|hidden){W}(?:system{W})?(?:instructions?|orders|directives?|objective"
        rf"|system prompt|task)(?:{W}(?:are|is|for (?:you|the (?:ai|assistant|model)))){{0,2}}\s*:"
        rf"|\byour{W}(?:new|only|real|true|actual|sole){W}(?:task|role|goal|instructions?|purpose|job|objective|mission|directive)"
        rf"|\b(?:(?:your|the|all|any){W})(?:{_EARLIER}{W}){{1,3}}{_INSTRUCTIONS}{W}(?:are|is){W}(?:now{W})?(?:void|cancel\w*|revoked|obsolete|suspended"
        rf"|lifted|no longer (?:valid|in effect))",
        stems="new updated real actual true revised additional urgent important hidden your only sole all any the",
        also="instruction orders directive objective prompt task role goal purpose job mission rules guideline restriction",
    ),
    rule(
        "new_orders",
        30,
        r"\bfrom (?:now on|this point(?: on| onwards?| forward)?|here on)\W{1,3}(?:you|your|respond|reply|answer|only|always|act|never|ignore|speak)\b"
        r"|\binstead\W{1,3}(?:you (?:must|will|should)|only|just|simply|please|always)?\W{0,2}(?:do|say|reply|respond|output|print|write|answer|tell|send"
        r"|return|execute)\b",
        stems="from instead",
        also="now point here you only just simply please always do say reply respond output print write answer tell send return execute",
    ),
    # Another role than the one it has.
    rule(
        "role",
        60,
        rf"\b(?:act(?:ing)? (?:as|like)|pretend(?:ing)? (?:to be|that you|you)|role.?play(?:ing)? (?:as)?|simulat(?:e|ing)|behave (?:as|like)"
        rf"|you are(?: now| no longer)?|you will (?:now )?(?:be|act|play)|imagine (?:you are|that you)|become|be|respond as){W}(?:(?:a|an|the|my|if"
        rf"|though|you|were|are|is|called|named|being|in|new|fully){W}){{0,5}}(?:(?:[^\W_]+){W}){{0,3}}?(?:{_UNBOUND}|dan\b|(?:the )?(?:system|root"
        rf"|developer) (?:mode|user|prompt|with|who|and)|stan\b|evil\b|jailbreak\w*|opposite mode)"
        rf"|\bdo anything now\b|\b(?:developer|dan|god|jailbreak|sudo|admin|debug|maintenance|unrestricted|dev"
        rf"|root)[\W_]mode\W{{0,3}}(?:is )?(?:now )?(?:enabled|activated|on(?=\s*(?:$|[.!,;:]))|unlocked|engaged)"
        rf"|\b(?:enter|enable|activate|switch (?:in)?to|unlock|engage|you are (?:now )?in|initiate){W}(?:the{W})?(?:developer|dan|god|jailbreak|sudo"
        rf"|admin|unrestricted|root|debug) mode\b(?! (?:in|on|of|for|under|via|from) )"
        rf"|\byou (?:are|have been|were)(?: now)?{W}(?:been{W})?(?:freed|liberated|released|unlocked|no longer bound|not bound)\b|\b(?:no longer"
        rf"|not) (?:bound|restricted|limited|constrained) by (?:[^\W_]+ ){{0,3}}(?:rules|guidelines|policies|restrictions|policy|openai|anthropic"
        rf"|instructions)"
        rf"|\b(?:respond|answer|reply|operate|speak|work)(?:ing)?{W}(?:(?:to|as|my|all|questions?|everything|me){W}){{0,3}}(?:without|with no"
        rf"|free of){W}(?:(?:any|all|ethical|moral|safety|content|usual|your|of|or){W}){{0,4}}(?:restrictions?|filters?|guidelines|limits|limitations"
        rf"|censorship|guardrails|constraints)"
        rf"|\bas{W}(?:[^\W_]+{W}){{1,4}}?(?:who|that|which|with){W}(?:(?:has|have|knows|follows|obeys){W})?(?:no|zero|without){W}(?:(?:any|ethical|moral"
        rf"|safety|content){W})?(?:restrictions|rules|filters?|limits|limitations|guidelines|guardrails|censorship)\b"
        r"|\b(?:du bist (?:jetzt|nun|ab jetzt|nicht mehr)|spiel\w* die rolle|verhalte dich wie|tu so,? als)[^.\n]{0,50}(?:ohne (?:[^\W_]+ )?(?:einschrankung"
        r"|regel|filter|beschrankung)|unzensiert|uneingeschrankt|entwicklermodus|\bdan\b)"
        r"|\b(?:tu es|vous etes|agis comme|agissez comme|fais comme si|comporte-toi)[^.\n]{0,50}(?:sans (?:[^\W_]+ )?(?:restriction|regle|filtre|limite"
        r"|censure)|non censure|mode developpeur|\bdan\b)"
        r"|\b(?:eres ahora|ahora eres|actua como|finge|comportate)[^.\n]{0,50}(?:sin (?:[^\W_]+ )?(?:restricc|regla|filtro|limit|censura)|modo desarrollador"
        r"|\bdan\b)"
        r"|(?:你现在是|扮演|假装你是|假装是)[^。\n]{0,20}(?:没有(?:任何)?(?:限制|规则|约束)|不受(?:任何)?(?:限制|约束)|无限制|开发者模式|越狱)",
        stems=(
            "bist spiel spiele verhalte tu etes agis agissez fais comporte eres ahora actua finge comportate act acting pretend role roleplay simulate "
            "behave you imagine become respond answer reply operate speak work developer dan god sudo enter enable activate switch unlock engage initiate "
            "anything"
        ),
        also=(
            "unrestricted unfiltered uncensored jailbreak jailbroken unlimited unaligned amoral restriction filter filters rules limits limitations "
            "guideline guardrail censorship constraint policy policies dan stan evil mode system root developer now bound freed liberated released "
            "unlocked einschrankung regel regeln beschrankung uneingeschrankt entwicklermodus restriccion regla filtro limite censura desarrollador "
            "developpeur ohne unzensiert sans sin"
        ),
        marks="扮演 假装 你现在是",
    ),
    rule(
        "unguard",
        60,
        rf"\b(?:bypass|circumvent|disable|remove|lift|override|evade|turn off|switch off|deactivate|ignore|suspend){W}(?:(?:(?:all|any|of|your|its|the"
        rf"|every|openai.?s?|built.?in|internal|own){W}){{0,3}}(?:safety|content|security|ethic(?:al|s)|moral|moderation|usage){W}(?:and{W})?(?:[^\W_]+{W})?"
        rf"|(?:(?:all|any|of){W}){{0,3}}(?:your|openai.?s?){W}(?:own{W}|built.?in{W}|internal{W})?)(?:filters?|guardrails?|safeguards?|restrictions?"
        rf"|polic(?:y|ies)|protocols?|guidelines|moderation|alignment|censorship)\b"
        r"|\bjailbreak(?:ed)? (?:yourself|prompt:|mode)",
        stems="bypass circumvent disable remove lift overrid evade turn switch deactivate jailbreak ignore suspend",
        also="filter filters guardrail safeguard restriction policy policies protocol guideline moderation alignment censorship yourself prompt mode",
    ),
    # To show what it was told.
    rule(
        "reveal",
        60,
        rf"\bwhat(?:{W}(?:is|does|do|are|s))?(?:{W}(?:written|said|stated|stands?))?{W}(?:in|inside){W}your{W}{_HIDDEN}{_PROMPT}\b"
        rf"|\b{_SHOW}{W}(?:(?:me|us|out|all|the|any|of|exact|full|complete){W}){{0,5}}(?:instructions|rules|prompts?|directives){W}(?:that{W})?you{W}"
        rf"(?:were given|have been given|received|got|have received|were told)\b|"
        rf"\b{_SHOW}{W}(?:(?:me|us|back|to|out|the|exactly|verbatim|all|of|word for word|please|in full|everything in|contents? of|text of|user|a|copy"
        rf"|full){W}){{0,6}}(?:your|its){W}{_HIDDEN}{_PROMPT}(?!{W}(?:for|on|about|regarding|to (?:setup|set|install|use)))\b"
        rf"|\b(?:reveal|leak|disclose|dump|expose|recite|print|output|repeat|show|display|tell me|give me){W}(?:(?:me|us|the|this|all|of|exact|full"
        rf"|entire|complete|whole|hidden|secret|verbatim|original){W}){{0,5}}(?:system|developer|hidden|secret|initial){W}(?:prompts?|messages?"
        rf"|instructions?)(?:{W}(?:verbatim|word for word|in full|above|now|here|exactly|you))?\s*(?:$|[.!?,\"':;)])"
        rf"|\b(?:repeat|print|output|copy|return|recite|write|echo){W}(?:(?:back|out|down|me|exactly|verbatim|please){W}){{0,3}}(?:everything|all"
        rf"|the (?:words|text|content|message|lines?|sentences?|paragraphs?|instructions?)|all (?:of )?(?:the )?(?:text|words|content)){W}(?:(?:that|is"
        rf"|was|written|appears?|which|of){W}){{0,3}}(?:above|before this|preceding|prior to this|starting with \W{{0,3}}you are)\b"
        rf"|\bstarting with\W{{1,4}}(?:the (?:words?|phrase)\W{{1,4}})?you are\b",
        stems=(
            "reveal show print repeat output display tell give leak disclose share write copy list recite dump expose quote spell read summari paraphrase "
            "translate encode return send paste what starting echo"
        ),
        also="prompt prompts system instruction rules directive guideline configuration preprompt above preceding prior before messages message you",
    ),
    rule(
        "reveal",
        60,
        rf"\b(?:zeig|nenn|gib|verrat|wiederhol|druck|schreib|offenbar|ubersetz|wie laute|was (?:ist|sind)"
        rf"|liste)\w*[\W_]{{1,3}}(?:[^\W_]+[\W_]{{1,3}}){{0,2}}?(?:(?:mir|uns|bitte|alle|wortlich){W}){{0,4}}(?:(?:deine[nr]?"
        rf"|ihre[nr]?){W}(?:(?:vollstandigen?|genauen?|geheimen?|ursprunglichen?|internen?|ganzen?){W}){{0,3}}(?:system.?prompt|systemanweisung"
        rf"|systemnachricht|anweisungen|instruktionen|prompt)|(?:den|die){W}(?:(?:vollstandigen?|genauen?|geheimen?|ursprunglichen?|internen?"
        rf"|ganzen?){W}){{0,3}}(?:system.?prompt|systemanweisung|systemnachricht))\w*",
        stems="zeig zeige nenn nenne gib verrat wiederhol druck schreib offenbar ubersetz laute lautet was liste",
        also="systemprompt system systemanweisung systemnachricht anweisung instruktion prompt",
    ),
    # Marks that only the machinery of a model writes.
    rule(
        "template",
        60,
        r"<[|｜]\s{0,2}(?:im_start|start_header_id|start|role)\s{0,2}[|｜]>\s{0,2}(?:system|developer|assistant|user)?|<[|｜]\s{0,2}(?:im_end|system|user"
        r"|assistant|endoftext|eot_id|end_of_text|begin_of_text|end|channel|message|sep|end▁of▁sentence|begin▁of▁sentence)\s{0,2}[|｜]>|\[/?inst\]"
        r"|<</?sys>>|<start_of_turn>|<end_of_turn>",
        marks="<| <｜ inst] sys>> _of_turn>",
    ),
    rule(
        "system_line",
        35,
        r"^[\s>*#\[(\-=]{0,8}(?:system|developer|admin(?:istrator)?|assistant)(?:[\W_]{1,2}(?:message|prompt|instructions?|override|notice|note|alert"
        r"|command|update))?[\])*\s]{0,3}(?::|=>|>>)\s{0,3}\S",
        stems="system developer admin administrator assistant",
    ),
    rule(
        "system_order",
        30,
        r"^[\s>*#\[(\-=]{0,8}(?:system|developer|admin(?:istrator)?)(?:[\W_]{1,2}(?:message|prompt|instructions?|override|notice|note|alert|command"
        r"|update))?[\])*\s]{0,3}(?::|=>|>>)\s{0,3}\W{0,3}(?:you\b|ignore|new\b|override|from now|disregard|forget|the user (?:is|has)|all (?:previous"
        r"|prior)|respond|reply|always|never|do not|don.?t|must|act|reveal|print|grant|enable|safety|restrictions)"
        r"|\b(?:system|admin(?:istrator)?|developer|priority|security)[\W_]override\b(?!\s*(?:button|switch|valve|key|procedure))",
        stems="system admin administrator developer priority security",
    ),
    # To carry out what was read.
    rule(
        "exfiltrate",
        45,
        rf"\b(?:append|add|include|insert|embed|render|put|send|post|encode|attach|forward|transmit|submit|upload|exfiltrate|load|concatenate"
        rf"|display){W}(?:[^\W_]+[\W_]{{1,4}}){{0,8}}?{_DATA}\b(?:[\W_]{{1,4}}[^\W_]+){{0,8}}?[\W_]{{1,4}}(?:to|in|into|as|at|via|through|using|with|of"
        rf"|on){W}(?:[^\W_]+[\W_]{{1,4}}){{0,5}}?{_CARRIER}"
        rf"|\b(?:render|display|show|embed|insert|include|output|load|add|create|generate|write|end)\b[^.\n]{{0,60}}(?:image|img|link"
        rf"|markdown)[^\n]{{0,60}}https?:[^\s]{{0,120}}[?=/](?:\{{|\[|<|%7b|\$|data\b|secret|the_|your_|base64|encoded|x{{3}}|\.\.\.)",
        stems=(
            "append add include insert embed render put send post encode attach forward transmit submit upload exfiltrate load concatenate display show "
            "output create generate write end"
        ),
        also="http https url link query parameter image img markdown webhook endpoint server address links images",
    ),
    rule(
        "exfiltrate",
        60,
        r"!\[[^\]\n]{0,200}\]\(https?://[^)\n]{0,200}[?=/&](?:\{{1,2}|<|\[|%7b|\$\{?)[a-z _-]{2,40}",
        marks="](http",
    ),
    rule(
        "exfiltrate",
        60,
        rf"\b(?:append|encode|exfiltrate|concatenate|embed|transmit|upload|smuggle){W}(?:[^\W_]+[\W_]{{1,4}}){{0,8}}?{_DATA}\b[^\n]{{0,80}}?\b(?:url|link"
        rf"|query ?string|parameter|image|to)\b[^\n]{{0,24}}https?:",
        stems="append encode exfiltrate concatenate embed transmit upload smuggle",
        also="http https",
    ),
    # To read what nobody can see.
    rule(
        "encoded",
        45,
        r"\b(?:decod(?:e|ing)|de-?cipher|dekodier\w*|entschlussel\w*|decodifi\w*|un-?base64|rot13|from base64)\b[\s\S]{0,120}?(?:\b(?:follow|execute|obey"
        r"|run|do what|carry out|comply|act on|perform|befolg\w*|fuhre|execut[^\W_]+|ejecut[^\W_]+|sig[au]e?)\b)|解码[^。\n]{0,30}(?:执行|遵循|照做|遵守)",
        stems="decode decoding decipher dekodier entschlussel decodifi unbase rot13",
        marks="base64 解码",
    ),
    # To end what holds it, or to pose as another part of the prompt.
    rule(
        "delimiter",
        60,
        r"<\s{0,2}/\s{0,2}(?:passages?|tool_results?|tool_outputs?|retrieved_[^\W_]+|untrusted\w*)\b",
        marks="passage tool_result tool_output retrieved_ untrusted",
    ),
    rule(
        "delimiter",
        35,
        r"<\s{0,2}/\s{0,2}(?:system|instructions?|user_input|user_query|search_results?|prompt|context|documents?)\s{0,2}>"
        r"|^[\s\-=#*\[<]{2,12}(?:end|begin|start|ende|fin)\s(?:of\s)?(?:the\s)?(?:system|user|context|documents?|passages?|search results?|instructions?"
        r"|untrusted|retrieved|data|prompt|input|tool)\b[^\n]{0,30}?[\-=#*\]>]{2,}\s*$",
        marks="</ --- ### === [end [begin",
    ),
    rule(
        "tool_call",
        45,
        r"<\s{0,2}/?\s{0,2}(?:tool_calls?|function_calls?|invoke\s+name|function\s?=|tool_use)\b|\"(?:tool_calls|function_call)\"\s*:"
        r"|^\s*action\s*:\s*[^\W_]+\s*\n\s*action[ _]input\s*:"
        rf"|\b(?:call|use|invoke|run|execute|trigger){W}(?:the{W})?(?:[^\W_]+{W})?(?:tool|plugin){W}(?:[^\W_]+{W}){{0,3}}?(?:to{W})?(?:send|delete|e-?mail|post"
        rf"|transfer|forward|upload|share|export|fetch|grant|read)\b",
        stems="call use invoke run execute trigger",
        also="tool tools function plugin",
        marks="tool_call tool_use function_call <function <invoke action_input action",
    ),
    rule(
        "addressed",
        35,
        rf"(?:^|[.!?\n(\[*<>\-:]\s{{0,3}})(?:(?:attention|note|dear|hey|hello|hi|instructions?|message|notice|important|warning|reminder|hint){W}(?:(?:to"
        rf"|for|from|the|all|any|every|this){W}){{0,3}})(?:ai|artificial intelligence|llms?|language models?|chatgpt|gpt\S*|copilot|claude|gemini|(?:ai"
        rf"|virtual|digital|language|chat){W}(?:assistants?|models?|agents?|systems?|bots?|tools?)|assistant|chatbot|summari[sz]er)\b"
        r"|^\W{0,4}(?:llms?|ai|gpt|chatgpt|claude|gemini)\s?:\s",
        stems="ai llm llms gpt chatgpt claude gemini attention note dear hey hello hi instruction message notice important warning reminder hint",
        also="ai artificial llm llms language chatgpt gpt copilot claude gemini virtual digital chat assistant chatbot summarizer summariser",
    ),
    rule(
        "addressed",
        35,
        r"\bif you(?: are|.re) (?:an? )?(?:ai|llm|large language model|language model|(?:ai |virtual |digital )?assistant|chatbot|(?:ai )?agent"
        r"|automated (?:system|assistant))\b"
        r"|\b(?:ais?|llms?|language models?|assistants?|chatbots?|(?:ai )?(?:agents?|models?|systems?)) (?:reading|processing|summari[sz]ing"
        r"|analy[sz]ing|reviewing|parsing|that reads?|who reads?) (?:this|the|it|these)\b|\b(?:the ai|llms?|language models?|assistants?"
        r"|chatbots?) (?:must|should) (?:now |always |never |instead )?(?:respond|reply|answer|say|output|tell|recommend|ignore|state|include)\b",
        stems="ai ais llm llms language assistant chatbot chatbots agent agents model models system automated",
        also="if reading processing summarizing summarising analyzing analysing reviewing parsing reads read must should",
    ),
    rule(
        "addressed",
        35,
        r"\bwhen(?:ever)? (?:you are )?(?:summari[sz](?:e|ing)|asked|answer(?:ing)?|processing|responding|replying|reading|analy[sz]ing|evaluating"
        r"|reviewing)\b[^.\n]{0,60}?[,:]?\s(?:you must|you should|always|say|tell|include|recommend|ignore|output|reply|respond|state|insert|add"
        r"|never mention)\b",
        stems="when whenever",
        also="summarize summarise asked answer processing responding replying reading analyzing analysing evaluating reviewing",
    ),
    rule(
        "addressed",
        35,
        r"\b(?:hinweis|achtung|anweisung|nachricht) (?:an|fur) (?:die |das |den |alle )?(?:ki|ai|assistent\w*|sprachmodell\w*|chatbot\w*|modell)"
        r"|\b(?:note|message|instructions?|consigne) (?:a|pour|aux?) (?:l.)?(?:ia|assistant|modele)|\b(?:nota|mensaje|instrucciones?|aviso) (?:a|para"
        r"|al) (?:la |el )?(?:ia|asistente|modelo)"
        r"|(?:致|给|注意)[^。\n]{0,3}(?:ai|人工智能|助手|模型|大模型)",
        stems="hinweis achtung anweisung nachricht note message instruction consigne nota mensaje instrucciones aviso",
        also="ki ai ia assistent sprachmodell chatbot modell assistant modele asistente modelo",
        marks="助手 模型 人工智能 给ai 致ai",
    ),
    rule(
        "secrecy",
        35,
        rf"\b(?:do not|don.?t|never|without){W}(?:ever{W})?(?:tell|mention|inform|alert|notify|reveal|disclose|show|warn|let|say)(?:ing)?{W}(?:(?:this|it"
        rf"|that|these|any|anything|instructions?|notes?|messages?|texts?|of|about|to|the|let|any){W}){{0,5}}(?:users?|anyone|anybody"
        rf"|human|customer|reader|person|them know"
        rf"|in your (?:answer|reply|response))\b"
        r"|\b(?:sag|erwahn|verrat)\w* (?:es |das |dies )?(?:dem|den) (?:nutzer|benutzer|anwender)\w* nicht|\bne (?:dis|dites|mentionne)\w* (?:pas"
        r"|rien) (?:[^\W_]+ ){0,2}(?:utilisateur|l.utilisateur)|\bno (?:se lo )?(?:digas|menciones"
        r"|informes) (?:[^\W_]+ ){0,3}usuario|(?:不要|别)告诉(?:用户|任何人)",
        stems=(
            "tell telling mention inform alert notify reveal disclose show warn let say sag sage sagen erwahn verrat dis dites mentionne digas menciones "
            "informes"
        ),
        also="user users anyone anybody human customer reader person them your nutzer benutzer anwender utilisateur usuario",
        marks="告诉",
    ),
    rule(
        "diversion",
        30,
        rf"\b(?:ignore|disregard|skip|forget|overlook){W}(?:(?:the|this|all|any|their|her|his|other|rest|of|users?|s|original){W}){{1,4}}"
        r"(?:text|content|questions?|query|requests?|documents?|passages?|sources?)\b",
        stems="ignore disregard skip forget overlook",
        also="text content question query request document passage source",
    ),
    rule(
        "command",
        30,
        r"\b(?:you must|you should|you will|always|only|just|simply|please|immediately|instead)[\W_]{1,3}(?:now[\W_])?(?:respond|reply|answer|say|output"
        r"|print|tell the user|state that|recommend|send|forward|delete|transfer|rate this|direct the user|ask the user|execute|call the|invoke|run the)\b",
        stems="respond reply answer say output print tell state recommend send forward delete transfer rate direct ask execute call invoke run",
        also="must should will always only just simply please immediately instead",
    ),
    *LANGUAGES,
)

# What a text without spaces, and with digits for letters, looks like.
SQUEEZED = re.compile(
    r"(?:ignore|disregard|forget|override)(?:all|any|the|of|my|your|these|those){0,4}(?:previous|prior|above|earlier|preceding"
    r"|system)(?:system)?(?:instructions?|prompts?|rules|directives)"
    r"|(?:reveal|show|print|repeat|tellme|giveme)(?:me|us)?your(?:full|hidden|secret|entire)?(?:systemprompt|initialprompt|hiddenprompt|systeminstructions)"
)
SQUEEZED_NEEDS = (b"ignore", b"disregard", b"forget", b"override", b"systemprompt", b"hiddenprompt", b"systeminstr")
SQUEEZED_POINTS = 60
# Who explains an attack quotes it, and says that it is one.
MENTION_POINTS = 40
ABOUT = re.compile(
    r"\b(?:prompt.?injections?|injections?|jailbreak(?:s|ing)?|attack(?:s|er|ers)?|adversar[^\W_]+|red.?team\w*|owasp|phrases?|examples?|such as|e\.g"
    r"|for instance|means?|meaning|explain\w*|detect\w*|filter(?:s|ed)?|block(?:s|ed)?"
    r"|chat.?templates?|tokens?|tokeni[sz]er|delimiters?|beispiel\w*|angriff\w*|exemples?|attaques?|ejemplos?|ataques?)\b|什么意思|攻击|示例|例如"
)
ABOUT_TEMPLATES = re.compile(r"\b(?:chat.?templates?|special tokens?|tokeni[sz]ers?|chatml|prompt formats?)\b")
# Points for what invisible.py took out, by kind: from so many characters on.
HIDDEN = {"tag": (1, 60), "bidirectional": (2, 25), "zero_width": (4, 25), "variation": (4, 60), "control": (3, 15)}
