export { QueryRunner } from "./runner.ts";
