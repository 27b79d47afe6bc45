/** What damage and undo answer. */
import { effects } from "../../recovery/index.ts";
import { count, date, flag, listOf, oneOf, shape, word, words } from "./shapes.ts";

const figures = shape({ patients: count, studies: count, objects: count });
const instance = { tenant: word, patientId: word, studyUid: word, seriesUid: word, sopInstanceUid: word };

const tenant = shape({
  tenant: word,
  touched: figures,
  byEffect: shape(Object.fromEntries(effects.map((effect) => [effect, figures]))),
  untouched: figures,
  unreadProvable: { ...flag, description: "false: objects were given out unnamed, untouched holds for changes alone" },
  untouchedPatients: words,
});

const touch = shape(
  { effect: oneOf(effects), entry: count, time: date, version: count },
  { replaced: { ...count, description: "version that it took the place of" } },
);

export const damage = shape(
  {
    ...{ principals: words, from: date, to: date, entries: count, refused: count, tenants: listOf(tenant) },
    searches: listOf(shape({ entry: count, time: date, tenant: word, matches: count })),
    objects: listOf(shape({ ...instance, touches: listOf(touch) })),
  },
  { incident: word, first: count, last: count },
);

const shown = { version: count, visible: flag, entry: count };
const held = shape({ ...instance, ...shown, theirs: flag }, { before: shape(shown) });
const step = shape({
  ...{ tenant: word, sopInstanceUid: word, action: oneOf(["hide", "show", "revert"]), version: count, entry: count },
  expected: shape({ version: count, visible: flag }),
});

export const undone = shape({
  id: { type: "string", description: "takes it back as undo:ID" },
  ...{ principals: words, from: date, to: date },
  steps: listOf(step),
  conflicts: { ...listOf(held), description: "changed by somebody else since: they stay" },
  created: { ...listOf(held), description: "new objects of the principal: they stay" },
  applied: count,
  passed: { ...listOf(step), description: "somebody was faster" },
});
