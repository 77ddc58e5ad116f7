//! Empty on purpose: see the note at `[patch.crates-io]` in the workspace manifest.
