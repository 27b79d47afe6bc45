import { startAlerts } from "./alerts/view.js";
import { showStudies, startBrowsing } from "./browse.js";
import { find } from "./dom.js";
import { enter } from "./login.js";
import { startPaused } from "./paused.js";
import { may } from "./session.js";
import { startStatus } from "./status.js";
import { startUploads } from "./upload.js";
import { startViews } from "./views.js";

await enter();
if (may("query")) startBrowsing();
else find("browse").hidden = true;
if (may("store")) startUploads(() => may("query") && showStudies());
else find("store").hidden = true;
startStatus();
startPaused();
startViews(may("alerts.read") ? startAlerts() : undefined);
