export const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Pads to the width; a negative width aligns right. */
export function column(text: string, width: number): string {
  return width < 0 ? text.padStart(-width) : text.padEnd(width);
}
