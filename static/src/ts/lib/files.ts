import { bytes } from "./words";

export interface FileRules {
  /** Most bytes of one file. */
  limit: number;
  /** As in `accept`: ".pdf,.docx,text/plain". */
  accepts: string;
}

const RECORDING = /^(audio|video)\//;

/** Why a file would be refused, in words for its owner; empty if nothing speaks against sending it. */
export function refusal(file: File, rules: FileRules): string {
  if (file.size === 0) return "The file is empty. Choose one that has text in it.";
  if (file.size > rules.limit) {
    return `It is ${bytes(file.size)}; this installation takes files up to ${bytes(rules.limit)}.`;
  }
  const suffixes = rules.accepts.split(",").map((part) => part.trim().toLowerCase());
  const isKnown = suffixes.some((part) =>
    part.startsWith(".")
      ? file.name.toLowerCase().endsWith(part)
      : part !== "" && file.type === part,
  );
  // What a file is its bytes say, and the server looks at them; only recordings are not sent in vain.
  return isKnown || !RECORDING.test(file.type)
    ? ""
    : "Quire does not read this kind of file. Save it as PDF, or in another kind that the page names.";
}
