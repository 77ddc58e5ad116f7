//! A rule of a definition, and what is said about an application that breaks it. Asked only of
//! applications that are right by their form.

#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::{EvaluationError, Expression, Facts, FieldFault, FieldPath, Group};
use crate::language::Text;

/// What an application must keep beyond the schema of its form.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The field at which a fault is shown.
    pub at: FieldPath,
    /// Where it does not hold, nothing is asked.
    pub when: Option<Expression>,
    pub must: Expression,
    /// What is wrong and what would be right.
    pub message: Text,
}

impl Rule {
    fn is_broken(&self, facts: &Facts<'_>) -> Result<bool, EvaluationError> {
        let applies = self.when.as_ref().map_or(Ok(true), |it| it.evaluate(facts))?;
        Ok(applies && !self.must.evaluate(facts)?)
    }
}

impl Group {
    /// The rules that an application breaks, each at its field, for an application received on
    /// `today`.
    ///
    /// # Errors
    /// If the application is not right by the form.
    pub fn broken_rules(
        &self,
        application: &Json,
        today: NaiveDate,
    ) -> Result<Vec<FieldFault>, EvaluationError> {
        let facts = Facts::on_receipt(application, today);
        let mut faults = Vec::new();
        for rule in &self.rules {
            if rule.is_broken(&facts)? {
                let pointer = rule.at.pointer();
                let label = self.form.label(&pointer);
                let fault = FieldFault::new(pointer, "rule", rule.message.clone());
                faults.push(FieldFault { label, ..fault });
            }
        }
        Ok(faults)
    }
}
