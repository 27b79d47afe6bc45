/** The policy of roles as the documentation shows it. */
import { rolePolicy } from "../../src/gate/index.ts";

export function rolesTable(): string {
  const rows = Object.entries(rolePolicy).map(
    ([role, actions]) => `| \`${role}\` | ${actions.map((action) => `\`${action}\``).join(", ")} |`,
  );
  return ["| role | may |", "| --- | --- |", ...rows].join("\n");
}
