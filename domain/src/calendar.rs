//! Legal time: working days and hours, limits, stops, windows.
