//! What the national portal is told of a dossier: the members of its message on dossiers (đồng bộ hồ
//! sơ), under its names. What is not known is left out; nothing stands in its place.

use chrono::{DateTime, FixedOffset};
use lienthong_domain::dossier::{Channel, Fact, TaskState};
use lienthong_engine::runtime::RecordedEvent;
use serde::Serialize;

use crate::app::Opened;

/// The portal writes moments as `yyyyMMddHHmmss`.
const MOMENT: &str = "%Y%m%d%H%M%S";

/// One message, as it was recorded that it is sent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PortalMessage {
    pub ma_ho_so: String,
    /// National code of the group.
    #[serde(rename = "MaTTHC")]
    pub ma_tthc: String,
    /// 1 at a counter, 2 online.
    pub kenh_thuc_hien: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chu_ho_so: Option<String>,
    /// 1: a citizen.
    pub loai_doi_tuong: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ngay_tiep_nhan: Option<String>,
    pub trang_thai_ho_so: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ngay_ket_thuc_xu_ly: Option<String>,
    /// Of the event in which it was recorded: a message with a lower one is older.
    pub so_thu_tu: u64,
    pub danh_sach_thu_tuc: Vec<Procedure>,
}

/// How one procedure stands.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Procedure {
    pub ma: String,
    #[serde(rename = "MaTTHC", skip_serializing_if = "Option::is_none")]
    pub ma_tthc: Option<String>,
    pub trang_thai_ho_so: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub don_vi_xu_ly: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ngay_tiep_nhan: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ngay_hen_tra: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ngay_ket_thuc_xu_ly: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ngay_tra: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub danh_sach_le_phi: Vec<Fee>,
}

/// What was asked for and paid.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Fee {
    pub so_tien: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub so_bien_lai: Option<String>,
}

/// The message of this id. The statuses are those that were recorded, however late it is sent; dates
/// and names are what is known by now. `None` if no event announced it.
#[must_use]
pub fn portal_message(
    opened: &Opened,
    events: &[RecordedEvent],
    id: &str,
) -> Option<PortalMessage> {
    let recorded = events.iter().rev().find_map(|it| match &it.event.fact {
        Fact::StatusAnnounced { message, dossier, tasks } if message == id => {
            Some((it.sequence, *dossier, tasks))
        }
        _ => None,
    });
    let (sequence, status, statuses) = recorded?;
    let dossier = &opened.dossier;
    let applicant = dossier.application.as_ref().map(lienthong_domain::personal::Personal::reveal);
    let name = applicant.and_then(|it| it.pointer("/applicant/full_name")?.as_str());
    let ended = dossier.tasks.iter().filter_map(|it| it.ended_at).max();
    let procedures = statuses
        .iter()
        .filter_map(|(name, status)| Some(procedure(opened, dossier.task(name)?, status.number())));
    Some(PortalMessage {
        ma_ho_so: dossier.code.clone(),
        ma_tthc: opened.group.code.clone(),
        kenh_thuc_hien: match dossier.channel {
            Channel::Counter => 1,
            Channel::Online => 2,
        },
        chu_ho_so: name.map(str::to_owned),
        loai_doi_tuong: 1,
        ngay_tiep_nhan: dossier.submitted_at.map(written),
        trang_thai_ho_so: status.number(),
        ngay_ket_thuc_xu_ly: ended.filter(|_| dossier.has_ended()).map(written),
        so_thu_tu: sequence,
        danh_sach_thu_tuc: procedures.collect(),
    })
}

fn procedure(opened: &Opened, task: &TaskState, status: u8) -> Procedure {
    let definition = opened.group.task(&task.name);
    let fees = task.payments.iter();
    Procedure {
        ma: task.name.clone(),
        ma_tthc: definition.and_then(|it| it.procedure.clone()),
        trang_thai_ho_so: status,
        don_vi_xu_ly: task.office.clone(),
        ngay_tiep_nhan: task.acknowledged_at.map(written),
        ngay_hen_tra: task.due.as_ref().map(|it| written(it.at)),
        ngay_ket_thuc_xu_ly: task.ended_at.map(written),
        ngay_tra: task.delivered_at.map(written),
        danh_sach_le_phi: fees
            .map(|it| Fee { so_tien: it.amount, so_bien_lai: it.reference.clone() })
            .collect(),
    }
}

fn written(at: DateTime<FixedOffset>) -> String {
    at.format(MOMENT).to_string()
}
