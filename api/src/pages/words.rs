//! The words of the pages, each in both languages. Templates get them as `t`; what is told of a
//! dossier itself comes from [`crate::view`].

use std::collections::BTreeMap;

use lienthong_domain::language::Language;

/// Key, Vietnamese, English.
const WORDS: &[(&str, &str, &str)] = &[
    ("service", "liên thông", "liên thông"),
    ("skip", "Đến nội dung chính", "Skip to main content"),
    ("menu", "Trình đơn", "Menu"),
    ("other_language", "English", "Tiếng Việt"),
    ("my_dossiers", "Hồ sơ của tôi", "My dossiers"),
    ("sign_out", "Đăng xuất", "Sign out"),
    ("signed_in_as", "Đang đăng nhập:", "Signed in:"),
    (
        "footer",
        "Một hồ sơ, nhiều cơ quan, từng kết quả ngay khi có.",
        "One application, several agencies, each result as soon as it exists.",
    ),
    // Start page
    (
        "start_title",
        "Nộp một lần, các cơ quan tự liên thông",
        "Apply once; the agencies do the rest together",
    ),
    (
        "start_lead",
        "Một hồ sơ điện tử được chuyển lần lượt đến từng cơ quan, theo đúng trình tự và thời hạn luật định. Bạn theo dõi mọi bước tại một nơi và nhận từng kết quả ngay khi có.",
        "One application goes to every agency concerned, in the order and within the time that the law sets. You follow all of it in one place and receive each result as soon as it exists.",
    ),
    ("groups_offered", "Các nhóm thủ tục", "Procedure groups"),
    (
        "no_groups",
        "Hiện chưa có nhóm thủ tục nào có hiệu lực.",
        "No procedure group is in force today.",
    ),
    ("national_code", "Mã thủ tục", "National code"),
    ("legal_basis", "Căn cứ", "Legal basis"),
    ("includes", "Gồm:", "It links:"),
    ("go_to_dossiers", "Xem hồ sơ của tôi", "See my dossiers"),
    (
        "how_to_sign_in",
        "Để xem hồ sơ, hãy mở đường dẫn đăng nhập mà bạn nhận được.",
        "To see your dossiers, open the sign-in link that you were given.",
    ),
    // List
    ("no_dossiers", "Bạn chưa có hồ sơ nào.", "You have no dossiers yet."),
    ("submitted", "Nộp lúc", "Submitted"),
    ("next_page", "Các hồ sơ cũ hơn", "Older dossiers"),
    // Dossier
    ("dossier_code", "Mã hồ sơ", "Dossier code"),
    (
        "national_status",
        "Trạng thái trên Cổng Dịch vụ công quốc gia:",
        "Status on the national portal:",
    ),
    ("your_turn", "Đến lượt bạn", "It is your turn"),
    ("asks_you", "cần bạn bổ sung", "asks you for more"),
    ("draft_title", "Kiểm tra bản nháp", "Check the draft"),
    (
        "draft_for",
        "gửi bản nháp kết quả để bạn kiểm tra:",
        "sent a draft of its result for you to check:",
    ),
    ("draft_until", "Hãy kiểm tra đến hết:", "Please check it until:"),
    (
        "draft_means",
        "Nếu bạn không trả lời, bản nháp được coi là đúng.",
        "If you say nothing, the draft counts as right.",
    ),
    ("draft_check", "Kiểm tra ngay", "Check it now"),
    ("draft_right", "Bản nháp đúng", "It is right"),
    ("draft_what", "Sai ở đâu?", "What is wrong?"),
    ("draft_wrong", "Báo sai sót", "Say what is wrong"),
    ("rules_title", "Chuyển sang quy định mới?", "Move to the newer rules?"),
    ("correct", "Sửa", "Correct"),
    ("correct_title", "Sửa thông tin đã khai", "Correct what you said"),
    (
        "correct_means",
        "Bạn có thể sửa những mục mà chưa cơ quan nào quyết định. Sửa làm thay đổi cơ quan hoặc thủ tục thì phải rút và nộp lại.",
        "You can correct what no agency has decided on. What would lead to other agencies or procedures is withdrawn and applied for anew.",
    ),
    ("correct_nothing", "Không còn mục nào có thể sửa.", "Nothing can be corrected any more."),
    (
        "correct_told",
        "Các cơ quan đang xử lý mục này sẽ được báo ngay.",
        "The agencies that have this are told at once.",
    ),
    (
        "rules_offer",
        "Quy định mới đã có hiệu lực; hồ sơ này vẫn theo quy định cũ.",
        "Newer rules are in force; this dossier stays on the older ones.",
    ),
    ("rules_see", "Xem và chuyển sang quy định mới", "See what they change, and move"),
    ("rules_law", "Căn cứ:", "They rest on:"),
    ("rules_changes", "Với hồ sơ này sẽ thay đổi:", "For this dossier this would change:"),
    (
        "rules_nothing",
        "Không có gì thay đổi với phần chưa thực hiện.",
        "Nothing changes for what has not begun.",
    ),
    (
        "rules_means",
        "Phần đang giải quyết giữ nguyên thời hạn. Việc chuyển không thể hoàn tác.",
        "What is under way keeps its limit. The move can't be undone.",
    ),
    ("rules_adopt", "Chuyển sang quy định mới", "Move to the newer rules"),
    ("letters", "Giấy tờ của thủ tục", "Receipts and slips"),
    ("letter_to", "Kính gửi:", "To:"),
    ("letter_about", "Về thủ tục:", "About:"),
    ("held", "Ai giữ, trong bao lâu", "Who had it for how long"),
    ("held_late", "sau hạn", "after it was due"),
    ("yours", "Việc của bạn:", "This is for you to do:"),
    ("pay_this", "yêu cầu bạn nộp", "asks you to pay"),
    ("pay_for", "cho thủ tục:", "for:"),
    ("pay_until", "Thời hạn nộp:", "To be paid until:"),
    (
        "pay_how",
        "Nộp trên Cổng Dịch vụ công hoặc tại bộ phận một cửa, ghi nội dung:",
        "Pay on the public-service portal or at the one-stop counter, with the reference:",
    ),
    ("fee", "Phí, lệ phí:", "Fee:"),
    ("receipt", "biên lai", "receipt"),
    ("earlier", "Các bản trước, không còn giá trị", "Earlier versions, which no longer count"),
    ("earlier_file", "xem bản này", "see this version"),
    ("agency_writes", "Cơ quan ghi:", "The agency writes:"),
    ("until", "Thời hạn bổ sung:", "Time to supply this:"),
    ("supply_now", "Bổ sung ngay", "Supply it now"),
    ("by_agency", "Từng cơ quan", "Agency by agency"),
    ("due", "Hạn trả:", "Due:"),
    ("due_paused", "Hạn trả, chưa cộng thời gian chờ:", "Due, without the time of waiting:"),
    ("limit", "Thời hạn:", "Time limit:"),
    (
        "no_limit",
        "Luật không đặt thời hạn; cơ quan được nhắc định kỳ.",
        "The law sets no time limit; the agency is reminded regularly.",
    ),
    ("overdue", "Quá hạn", "Overdue"),
    ("after", "Sau khi xong:", "After:"),
    ("reason", "Lý do:", "Reason:"),
    (
        "apply_again",
        "Bạn có thể nộp hồ sơ mới cho thủ tục này.",
        "You can apply again for this procedure.",
    ),
    ("delivery", "Nhận kết quả:", "Delivery:"),
    ("delivered", "đã trả lúc", "delivered"),
    ("withdraw_this", "Rút thủ tục này", "Withdraw this procedure"),
    ("withdraw_all", "Rút toàn bộ phần chưa xong", "Withdraw everything that is not decided"),
    ("history", "Diễn biến", "History"),
    ("totals", "Tổng thời hạn", "Time in total"),
    ("total_over", "Đã quá tổng thời hạn", "The total time is over"),
    ("total_kept", "trong tổng thời hạn", "within the total"),
    ("total_missed", "sau tổng thời hạn", "after the total"),
    ("apology", "Cơ quan xin lỗi và hẹn lại ngày:", "The agency apologises; the new date is"),
    // Agreeing
    ("consent_title", "Bạn được đề nghị xác nhận", "You are asked to agree"),
    ("consent_by", "Người nộp hồ sơ:", "Who applies:"),
    ("consent_who", "Người được đề nghị:", "Who is asked:"),
    ("consent_for", "đề nghị bạn đồng ý để giải quyết:", "asks you to agree to:"),
    ("consent_until", "Hãy trả lời đến:", "Please answer until:"),
    (
        "consent_means",
        "Trả lời của bạn được gửi tới cơ quan giải quyết và không thể thay đổi. Nếu bạn không trả lời, người nộp hồ sơ phải chứng minh bằng giấy tờ khác.",
        "Your answer goes to the agency and can't be changed. If you don't answer, the applicant has to prove your consent otherwise.",
    ),
    ("consent_agree", "Tôi đồng ý", "I agree"),
    ("consent_disagree", "Tôi không đồng ý", "I don't agree"),
    ("waits_for_person", "Chờ xác nhận của", "Waiting for the consent of"),
    // Withdrawing
    ("withdraw_title", "Rút thủ tục?", "Withdraw?"),
    ("withdraw_all_title", "Rút hồ sơ?", "Withdraw the application?"),
    ("withdraw_means", "Sẽ không được giải quyết tiếp:", "These will not be decided:"),
    (
        "withdraw_kept",
        "Kết quả đã cấp vẫn giữ nguyên. Việc rút không thể hoàn tác; bạn có thể nộp hồ sơ mới sau.",
        "Results that were issued stay as they are. Withdrawing can't be undone; you can apply again later.",
    ),
    ("withdraw_confirm", "Đồng ý rút", "Yes, withdraw"),
    ("back", "Quay lại hồ sơ", "Back to the dossier"),
    // Supplying
    ("supply_title", "Bổ sung hồ sơ", "Supply what is asked for"),
    ("file_hint", "PDF, JPEG hoặc PNG, tối đa 20 MB.", "PDF, JPEG or PNG, at most 20 MB."),
    ("send", "Gửi bổ sung", "Send"),
    ("problems_here", "Có chỗ cần sửa", "There is a problem"),
    ("error", "Lỗi:", "Error:"),
    ("choose", "Chọn", "Choose"),
    ("yes", "Có", "Yes"),
    ("no", "Không", "No"),
    (
        "not_here",
        "Mục này có nhiều dòng, chưa sửa được tại đây; hãy liên hệ cơ quan.",
        "This is a list, which can't be changed here yet; please contact the agency.",
    ),
    // Problems
    ("to_start", "Về trang đầu", "To the start page"),
    ("problem_code", "Mã lỗi:", "Code:"),
];

pub(super) type Words = BTreeMap<&'static str, &'static str>;

/// All words in a language.
pub(super) fn words(language: Language) -> Words {
    let pick = |(key, vi, en): &(&'static str, &'static str, &'static str)| match language {
        Language::Vi => (*key, *vi),
        Language::En => (*key, *en),
    };
    WORDS.iter().map(pick).collect()
}

/// Whose turn it is, in a sentence, when it is not the applicant's.
pub(super) fn at_agencies(language: Language, places: &[(String, String)]) -> String {
    let list: Vec<String> =
        places.iter().map(|(office, task)| format!("{office} ({task})")).collect();
    match language {
        Language::Vi => format!("Đang đến lượt: {}.", list.join("; ")),
        Language::En => format!("It is the turn of {}.", list.join("; ")),
    }
}

/// A task whose result exists and is still to be handed over.
pub(super) fn handing_over(language: Language, task: &str) -> String {
    match language {
        Language::Vi => format!("trả kết quả {task}"),
        Language::En => format!("handing over the result of {task}"),
    }
}

pub(super) fn looking_again(language: Language, task: &str) -> String {
    match language {
        Language::Vi => format!("xem lại kết quả {task}"),
        Language::En => format!("looking again at the result of {task}"),
    }
}

/// What has become of a dossier that has ended.
pub(super) fn ended(language: Language, issued: usize, all: usize) -> String {
    match language {
        Language::Vi if issued == all => "Mọi thủ tục đã có kết quả.".to_owned(),
        Language::En if issued == all => "Every procedure has its result.".to_owned(),
        Language::Vi => format!("Hồ sơ đã kết thúc: {issued} trên {all} thủ tục có kết quả."),
        Language::En => {
            format!("The dossier has ended: {issued} of {all} procedures have results.")
        }
    }
}

/// The heading of a dossier about somebody.
pub(super) fn about(language: Language, group: &str, subject: Option<&str>) -> String {
    match (language, subject) {
        (_, None) => group.to_owned(),
        (Language::Vi, Some(subject)) => format!("{group}, cho {subject}"),
        (Language::En, Some(subject)) => format!("{group}, for {subject}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_everything() {
        let (vi, en) = (words(Language::Vi), words(Language::En));
        assert_eq!(vi.len(), WORDS.len(), "a key twice");
        assert!(vi.keys().eq(en.keys()));
        assert!(vi.values().chain(en.values()).all(|it| !it.is_empty()));
    }
}
