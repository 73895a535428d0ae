/**
 * Widths of text without fonts. Figures are drawn on machines that may have none, and a published figure should not
 * depend on which are there, so text is measured with the advance widths of Helvetica (Arial has the same), in
 * thousandths of the font size; other characters count as a digit. A little is added, because readers without Arial see
 * a wider font.
 */
const widths: readonly (readonly [string, number])[] = [
  ["ijl", 222],
  ["I !,./:;[]\\ft", 278],
  ["-()r`", 333],
  ["'", 191],
  ['"', 355],
  ["*", 389],
  ["|", 260],
  ["{}", 334],
  ["^", 469],
  ["Jcksvxyz", 500],
  ["FTZ", 611],
  ["&ABEKPSVXY", 667],
  ["wCDHNRU", 722],
  ["GOQ", 778],
  ["mM", 833],
  ["%", 889],
  ["W", 944],
  ["@", 1015],
  ["+<=>~−±×", 584],
  ["…—", 1000],
  ["·", 278],
];
const table = new Map(widths.flatMap(([characters, width]) => Array.from(characters, (character) => [character, width] as const)));

const reserve = 1.1;

/** Width of a line of text in the units of `fontSize`; bold text is about a twelfth wider. */
export function textWidth(text: string, { fontSize, bold = false }: { fontSize: number; bold?: boolean }): number {
  let sum = 0;
  for (const character of text) sum += table.get(character) ?? 556;
  return (sum / 1000) * reserve * fontSize * (bold ? 1.08 : 1);
}
