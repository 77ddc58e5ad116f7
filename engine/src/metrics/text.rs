//! The text that Prometheus reads: for each family its help and type, then a line for each value.

use std::fmt::{Display, Write as _};

use super::{Histogram, lock};

#[derive(Default)]
pub(super) struct Text {
    text: String,
    /// Of the family that values belong to now.
    name: String,
}

impl Text {
    pub(super) fn counter(&mut self, name: &str, help: &str) {
        self.family(name, help, "counter");
    }

    pub(super) fn gauge(&mut self, name: &str, help: &str) {
        self.family(name, help, "gauge");
    }

    /// A value of the family that was named last.
    pub(super) fn value(&mut self, labels: &[(&str, &str)], value: impl Display) {
        self.line("", labels, value);
    }

    pub(super) fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.family(name, help, "histogram");
        let counts = lock(&histogram.counts).clone();
        let bounds = histogram.bounds.iter().map(ToString::to_string);
        let bounds = bounds.chain(["+Inf".to_owned()]);
        let mut below = 0;
        for (bound, count) in bounds.zip(&counts.each) {
            below += count;
            self.line("_bucket", &[("le", &bound)], below);
        }
        self.line("_sum", &[], counts.sum);
        self.line("_count", &[], below);
    }

    pub(super) fn end(self) -> String {
        self.text
    }

    fn family(&mut self, name: &str, help: &str, kind: &str) {
        name.clone_into(&mut self.name);
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) {
        let _ = write!(self.text, "{}{suffix}", self.name);
        for (index, (label, value)) in labels.iter().enumerate() {
            let open = if index == 0 { '{' } else { ',' };
            let _ = write!(self.text, "{open}{label}=\"{}\"", escaped(value));
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.text, "{close} {value}");
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
