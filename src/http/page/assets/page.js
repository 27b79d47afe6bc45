import { showStudies, startBrowsing } from "./browse.js";
import { startStatus } from "./status.js";
import { startUploads } from "./upload.js";

startBrowsing();
startStatus();
startUploads(() => showStudies());
