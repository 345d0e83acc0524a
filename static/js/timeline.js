// The timeline page's scripts, in the order in which they handle an event.
import "./timeline-drag.js";
import "./timeline-keys.js";
import "./timeline-shortcuts.js";
import "./timeline-card.js";
