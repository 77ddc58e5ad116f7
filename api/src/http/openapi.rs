//! The API's routes together with their description, so that neither can be without the other.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    agency, announcements, batch, changes, checks, citizen, consent, documents, operators, parked,
    payments, public, reconciliation,
};
use crate::app::App;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "lienthong",
        description = "Linked public-service procedures: one application, several agencies. \
            Every command carries an `Idempotency-Key`, a UUID version 7 of its own; sent again, \
            it gets the first answer again. Errors are problem documents (RFC 9457)."
    ),
    components(schemas(crate::problem::ProblemBody, crate::problem::FaultBody)),
    modifiers(&Schemes),
    tags(
        (name = "public", description = "For everybody"),
        (name = "citizens", description = "Apply, follow, supply, withdraw"),
        (name = "agencies", description = "Take one's own tasks and answer them"),
        (name = "gateways", description = "Say what was paid"),
        (name = "operators", description = "Watch over the process, announce outages, move work to another office")
    )
)]
struct Description;

/// How callers say who they are.
struct Schemes;

impl Modify for Schemes {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let components = description.components.get_or_insert_default();
        let bearer = |what: &str| {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
            SecurityScheme::Http(scheme.description(Some(what)).build())
        };
        components.add_security_scheme("citizen", bearer("A citizen's signed token"));
        components.add_security_scheme("agency", bearer("An agency's key, `ltk.…`"));
        components.add_security_scheme("operator", bearer("An operator's token, `lto.…`"));
    }
}

pub(super) fn router() -> OpenApiRouter<App> {
    let files = OpenApiRouter::new()
        .routes(routes!(documents::upload))
        .routes(routes!(documents::upload_result));
    let rest = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(public::groups))
        .routes(routes!(public::form))
        .routes(routes!(citizen::apply))
        .routes(routes!(citizen::list))
        .routes(routes!(citizen::read))
        .routes(routes!(citizen::supply))
        .routes(routes!(changes::amend))
        .routes(routes!(changes::newer_rules, changes::adopt))
        .routes(routes!(checks::send_draft))
        .routes(routes!(checks::answer_draft))
        .routes(routes!(checks::report_mismatch))
        .routes(routes!(checks::resolve_mismatch))
        .routes(routes!(checks::decide_silence))
        .routes(routes!(operators::recount))
        .routes(routes!(operators::unheld))
        .routes(routes!(parked::list))
        .routes(routes!(parked::retry))
        .routes(routes!(operators::compare_portal))
        .routes(routes!(consent::list))
        .routes(routes!(consent::read))
        .routes(routes!(consent::confirm))
        .routes(routes!(consent::decline))
        .routes(routes!(citizen::withdraw_task))
        .routes(routes!(citizen::withdraw))
        .routes(routes!(documents::of_dossier))
        .routes(routes!(agency::list))
        .routes(routes!(agency::read))
        .routes(routes!(agency::acknowledge))
        .routes(routes!(agency::request_supplement))
        .routes(routes!(agency::complete))
        .routes(routes!(agency::refuse))
        .routes(routes!(agency::stop))
        .routes(routes!(announcements::begin_outage))
        .routes(routes!(announcements::end))
        .routes(routes!(announcements::succeed))
        .routes(routes!(announcements::amend_calendar))
        .routes(routes!(announcements::list))
        .routes(routes!(agency::extend))
        .routes(routes!(agency::apologise))
        .routes(routes!(agency::return_result))
        .routes(routes!(agency::uphold))
        .routes(routes!(agency::annul))
        .routes(routes!(agency::deliver))
        .routes(routes!(payments::request))
        .routes(routes!(payments::paid))
        .routes(routes!(payments::waive))
        .routes(routes!(payments::refunded))
        .routes(routes!(payments::report))
        .routes(routes!(payments::carried))
        .routes(routes!(batch::answer_all))
        .routes(routes!(reconciliation::reconcile))
        .routes(routes!(documents::of_task));
    rest.merge(files)
}
