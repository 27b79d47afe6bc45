/** JSON Schemas of what the API answers: words to write them with. They document, and tests hold real replies to them. */

type Schema = Record<string, unknown>;

export const word = { type: "string" } as const;
export const words = { type: "array", items: word } as const;
export const flag = { type: "boolean" } as const;
export const count = { type: "integer", minimum: 0 } as const;
export const share = { type: "number", minimum: 0, maximum: 1 } as const;
export const moment = { type: "integer", minimum: 0, description: "ms since 1970" } as const;
export const date = { type: "string", format: "date-time" } as const;

export const oneOf = (values: readonly string[]): Schema => ({ type: "string", enum: [...values] });
export const listOf = (items: Schema): Schema => ({ type: "array", items });

/** An object with these properties and no others. */
export const shape = (required: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(required),
  properties: { ...required, ...optional },
});

/** `{"name": […]}`. */
export const list = (name: string, items: Schema): Schema => shape({ [name]: listOf(items) });

export const done = shape({ ok: { type: "boolean", const: true } });

/** RFC 9457. */
export const problem = shape(
  {
    type: word,
    title: word,
    status: { type: "integer", minimum: 400, maximum: 599 },
    code: { type: "string", description: "stable, see docs/errors.md" },
  },
  { detail: word },
);
