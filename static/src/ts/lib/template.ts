import { fillSlots } from "./words";

/** A copy of what a `<template>` of the page holds, its slots filled with text. */
export function copyOf(
  template: HTMLTemplateElement,
  texts: Readonly<Record<string, string>>,
): Element {
  const item = template.content.firstElementChild?.cloneNode(true);
  if (!(item instanceof Element)) throw new Error("The page holds an empty template.");
  fillSlots(item, texts);
  return item;
}
