import { showStudies, startBrowsing } from "./browse.js";
import { enter } from "./login.js";
import { startStatus } from "./status.js";
import { startUploads } from "./upload.js";

await enter();
startBrowsing();
startStatus();
startUploads(() => showStudies());
