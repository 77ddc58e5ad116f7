//! Every code that a problem can have, in one place. Codes are for ever: programs act on them.

use axum::http::StatusCode;
use lienthong_domain::language::Language;

/// A kind of problem.
#[derive(Debug)]
pub struct Code {
    /// The stable name.
    pub code: &'static str,
    /// The HTTP status that goes with it.
    status: u16,
    title: [&'static str; 2],
    /// What it means and what to do.
    help: [&'static str; 2],
}

impl Code {
    /// # Panics
    /// Never: the table holds valid statuses alone, which a test checks.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).expect("the table holds valid statuses")
    }

    #[must_use]
    pub fn title(&self, language: Language) -> &'static str {
        pick(&self.title, language)
    }

    #[must_use]
    pub fn help(&self, language: Language) -> &'static str {
        pick(&self.help, language)
    }

    /// The kind with a name.
    #[must_use]
    pub fn find(code: &str) -> Option<&'static Self> {
        TABLE.iter().copied().find(|it| it.code == code)
    }

    /// The kind that says no more than an HTTP status.
    #[must_use]
    pub fn of_status(status: StatusCode) -> &'static Self {
        match status {
            StatusCode::NOT_FOUND => &NOT_FOUND,
            StatusCode::METHOD_NOT_ALLOWED => &METHOD_NOT_ALLOWED,
            StatusCode::PAYLOAD_TOO_LARGE => &TOO_LARGE,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => &UNSUPPORTED_MEDIA_TYPE,
            StatusCode::SERVICE_UNAVAILABLE => &UNAVAILABLE,
            other if other.is_client_error() => &BAD_REQUEST,
            _ => &INTERNAL,
        }
    }
}

fn pick(texts: &[&'static str; 2], language: Language) -> &'static str {
    match language {
        Language::Vi => texts[0],
        Language::En => texts[1],
    }
}

macro_rules! codes {
    ($($name:ident = $status:literal $code:literal, $title:tt, $help:tt;)*) => {
        $(pub static $name: Code =
            Code { code: $code, status: $status, title: $title, help: $help };)*

        /// Every kind of problem.
        pub static TABLE: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    BAD_REQUEST = 400 "bad-request",
        ["Yêu cầu không hợp lệ", "The request is not valid"],
        ["Yêu cầu sai dạng hoặc có tham số không đúng.", "The request or one of its parameters has the wrong shape."];
    MALFORMED_JSON = 400 "malformed-json",
        ["Nội dung không phải JSON hợp lệ", "The body is not valid JSON"],
        ["Hãy sửa nội dung tại dòng và cột được nêu. Mã lệnh chưa bị sử dụng.", "Mend the body at the line and column named. The command id is not used up."];
    WRONG_SHAPE = 422 "wrong-shape",
        ["Nội dung không đúng cấu trúc", "The body has the wrong members"],
        ["Có thành phần thiếu, thừa hoặc sai kiểu; xem mô tả tại /api/v1/openapi.json. Mã lệnh chưa bị sử dụng.", "A member is missing, unknown or of the wrong type; see /api/v1/openapi.json. The command id is not used up."];
    INVALID = 422 "invalid",
        ["Có chỗ chưa đúng", "Something is not right yet"],
        ["Từng chỗ sai được nêu trong `errors` theo con trỏ JSON. Không có gì được lưu; sửa rồi gửi lại với cùng mã lệnh được.", "Each fault is in `errors` with its JSON pointer. Nothing was stored; mend it and send it again, with the same command id if you like."];
    TOO_MANY = 422 "too-many-answers",
        ["Quá nhiều câu trả lời trong một yêu cầu", "There are too many answers in one request"],
        ["Mỗi yêu cầu có tối đa 100 câu trả lời. Chưa có câu nào được thực hiện; hãy chia ra.", "A request has at most 100 answers. None of them was carried out; divide them."];
    KEY_MISSING = 400 "idempotency-key-missing",
        ["Thiếu tiêu đề Idempotency-Key", "The Idempotency-Key header is missing"],
        ["Mỗi lệnh mang một mã riêng (UUID phiên bản 7) trong tiêu đề Idempotency-Key; gửi lại cùng mã thì nhận lại câu trả lời đầu tiên.", "Every command has an id of its own (UUID version 7) in the Idempotency-Key header; sent again, it gets the first answer again."];
    KEY_UNUSABLE = 400 "idempotency-key-unusable",
        ["Mã lệnh không dùng được", "The command id can't be used"],
        ["Mã lệnh phải là UUID phiên bản 7, tạo không quá 30 ngày trước và không quá một ngày sau giờ của máy chủ.", "A command id is a UUID version 7, made at most 30 days ago and at most a day ahead of the server's clock."];
    KEY_REUSED = 409 "idempotency-key-reused",
        ["Mã lệnh đã dùng cho nội dung khác", "The command id was used for other content"],
        ["Mã này đã gắn với một yêu cầu khác. Hãy tạo mã mới cho yêu cầu mới.", "This id belongs to a different request. Make a new id for a new request."];
    UNAUTHENTICATED = 401 "unauthenticated",
        ["Cần đăng nhập", "Please sign in"],
        ["Thiếu mã truy cập hoặc mã không còn giá trị.", "There is no token or key, or it is not valid any more."];
    FORBIDDEN = 403 "forbidden",
        ["Không được phép", "Not allowed"],
        ["Địa chỉ này dành cho đối tượng khác (người dân hoặc cơ quan).", "This address is for others (citizens, or agencies)."];
    FORM_EXPIRED = 403 "form-expired",
        ["Biểu mẫu không còn hiệu lực", "The form is not valid any more"],
        ["Biểu mẫu không thuộc phiên đăng nhập này. Hãy mở lại trang và gửi lại.", "The form does not belong to this session. Open the page again and send it again."];
    NOT_FOUND = 404 "not-found",
        ["Không tìm thấy", "Not found"],
        ["Địa chỉ không tồn tại, hoặc bạn không có quyền xem.", "There is no such thing, or it is not yours to see."];
    METHOD_NOT_ALLOWED = 405 "method-not-allowed",
        ["Phương thức không được hỗ trợ", "The method is not allowed here"],
        ["Địa chỉ này nhận phương thức khác; xem tiêu đề Allow.", "This address takes other methods; see the Allow header."];
    TOO_LARGE = 413 "too-large",
        ["Nội dung quá lớn", "The body is too large"],
        ["JSON tối đa 1 MiB, mỗi tệp tối đa 20 MiB.", "JSON has at most 1 MiB, a file at most 20 MiB."];
    EMPTY_DOCUMENT = 400 "empty-document",
        ["Tệp rỗng", "The file is empty"],
        ["Hãy gửi nội dung của tệp làm nội dung của yêu cầu.", "Send the file as the body of the request."];
    UNKNOWN_DOCUMENT_TYPE = 415 "unknown-document-type",
        ["Loại tệp không được nhận", "This kind of file is not taken"],
        ["Chỉ nhận PDF, JPEG và PNG, xét theo nội dung tệp.", "PDF, JPEG and PNG are taken, judged by their content."];
    OTHER_DOCUMENT_TYPE = 415 "other-document-type",
        ["Tệp khác với loại đã khai", "The file is not what it is said to be"],
        ["Content-Type không khớp với nội dung của tệp.", "Content-Type does not agree with the content of the file."];
    UNSUPPORTED_MEDIA_TYPE = 415 "unsupported-media-type",
        ["Kiểu nội dung không được nhận", "This media type is not taken"],
        ["Hãy gửi JSON với Content-Type: application/json.", "Send JSON with Content-Type: application/json."];
    BUSY = 503 "busy",
        ["Hệ thống đang bận", "The server is busy"],
        ["Chưa có gì xảy ra. Hãy gửi lại sau thời gian trong Retry-After với cùng mã lệnh.", "Nothing has happened. Send it again after Retry-After with the same command id."];
    UNAVAILABLE = 503 "unavailable",
        ["Hệ thống tạm thời không phục vụ được", "The server can't do this at the moment"],
        ["Hãy gửi lại sau với cùng mã lệnh: nếu lệnh đã được thực hiện, bạn nhận lại đúng câu trả lời ấy.", "Send it again later with the same command id: if it was carried out, you get that answer."];
    SLOW = 503 "timeout",
        ["Chưa kịp trả lời", "There was no answer in time"],
        ["Lệnh có thể đã hoặc chưa được thực hiện. Gửi lại với cùng mã lệnh để biết kết quả.", "The command may or may not have been carried out. Send it again with the same command id to learn its outcome."];
    UNDECIDABLE = 500 "undecidable",
        ["Không thể quyết định", "This can't be decided"],
        ["Thiếu dữ liệu tham chiếu; người vận hành đã được báo. Không có gì thay đổi.", "Reference data is missing; operators have been told. Nothing has changed."];
    INTERNAL = 500 "internal",
        ["Có lỗi ở phía chúng tôi", "Something went wrong on our side"],
        ["Lỗi đã được ghi lại. Gửi lại với cùng mã lệnh là an toàn.", "It has been noted. Sending it again with the same command id is safe."];

    // Commands that the dossier does not allow: business refusals, each with a sentence of its own.
    NOT_IN_FORCE = 409 "group-not-in-force",
        ["Nhóm thủ tục chưa có hoặc hết hiệu lực", "The procedure group is not in force"],
        ["Không có phiên bản nào của nhóm thủ tục có hiệu lực hôm nay.", "No version of the group is in force today."];
    ALREADY_SUBMITTED = 409 "already-submitted",
        ["Hồ sơ đã được nộp", "Already submitted"],
        ["Hồ sơ này đã có.", "This dossier exists already."];
    DUPLICATE = 409 "duplicate-application",
        ["Đã có hồ sơ cho việc này", "There is an application for this"],
        ["Mỗi việc chỉ có một hồ sơ.", "There is one application for one thing."];
    NOT_DISPATCHED = 409 "task-not-dispatched",
        ["Thủ tục chưa được chuyển đi", "The task has not been sent yet"],
        ["Thủ tục đang chờ các thủ tục trước.", "The task waits for earlier ones."];
    OTHER_DISPATCH = 409 "other-dispatch",
        ["Trả lời cho lần chuyển khác", "An answer to another dispatch"],
        ["Hãy lấy lại việc và nêu đúng `dispatch` của nó.", "Fetch the task again and name its `dispatch`."];
    TASK_ENDED = 409 "task-ended",
        ["Thủ tục đã kết thúc", "The task has ended"],
        ["Câu trả lời không thay đổi gì.", "The answer changed nothing."];
    ALREADY_ACKNOWLEDGED = 409 "already-acknowledged",
        ["Thủ tục đã được tiếp nhận", "Already acknowledged"],
        ["Không cần tiếp nhận lần nữa.", "There is no need to do it again."];
    ALREADY_REQUESTED = 409 "supplement-already-requested",
        ["Đang chờ bổ sung", "A supplement is being waited for"],
        ["Đợi người dân bổ sung, hoặc trả lời bằng cách khác.", "Wait for it, or answer in another way."];
    NO_SUPPLEMENT = 409 "no-supplement-here",
        ["Thủ tục này không có bước bổ sung", "Nothing may be asked for in this task"],
        ["Quy trình không cho phép yêu cầu bổ sung ở thủ tục này.", "The definition has no supplement here."];
    NO_LONGER_LIMIT = 409 "no-longer-limit-here",
        ["Không có thời hạn dài hơn", "There is no longer limit"],
        ["Quy trình không cho phép kéo dài ở thủ tục này.", "The definition has no longer limit here."];
    ALREADY_EXTENDED = 409 "already-extended",
        ["Thời hạn đã được kéo dài", "Already extended"],
        ["Chỉ kéo dài được một lần.", "A limit is extended once only."];
    LIMIT_ENDED = 409 "limit-ended",
        ["Thời hạn đã hết", "The limit has ended"],
        ["Hãy xin lỗi và hẹn lại ngày trả kết quả.", "Apologise and give a new date."];
    CLOCK_STANDS = 409 "clock-stands",
        ["Thời hạn đang tạm dừng", "The clock stands"],
        ["Chỉ kéo dài được thời hạn đang tính.", "Only a limit that runs can be extended."];
    TASK_MOVED = 409 "task-moved",
        ["Thủ tục đã được chuyển cơ quan", "The task has moved"],
        ["Cơ quan khác đã tiếp nhận thay.", "Another office has taken it over."];
    NO_SUCH_OFFICE = 409 "no-such-office",
        ["Không có cơ quan này", "There is no such office"],
        ["Hãy nêu một cơ quan cùng loại trong danh bạ.", "Name an office of the same kind in the directory."];
    BOARD_FULL = 409 "board-full",
        ["Đã có quá nhiều thông báo đang có hiệu lực", "Too much is announced at the same time"],
        ["Hãy kết thúc những thông báo đã hết trước.", "End what is over first."];
    NOT_LATE = 409 "not-late",
        ["Chưa quá hạn", "It is not late"],
        ["Chỉ xin lỗi khi thủ tục quá hạn.", "One apologises for what is overdue."];
    ALREADY_APOLOGISED = 409 "already-apologised",
        ["Đã xin lỗi và hẹn lại", "Already apologised"],
        ["Chỉ hẹn lại một lần.", "A new date is given once only."];
    MAY_NOT_RETURN = 409 "may-not-return",
        ["Không được trả lại kết quả này", "This result can't be sent back"],
        ["Quy trình không cho phép trả lại kết quả đó.", "The definition does not let this task send it back."];
    ALREADY_REPLACED = 409 "already-replaced",
        ["Kết quả đã được thay", "The result has been replaced"],
        ["Hãy lấy lại việc để có bản mới.", "Fetch the task again for the newer version."];
    TOO_MANY_RETURNS = 409 "too-many-returns",
        ["Đã trả lại đủ số lần", "Sent back too often"],
        ["Hãy quyết định với kết quả hiện có.", "Decide with what there is."];
    NOTHING_TO_REVIEW = 409 "nothing-to-review",
        ["Không có gì phải xem lại", "Nothing is to be looked at again"],
        ["Kết quả này không ở trong diện xem lại.", "This result is not under review."];
    ALREADY_ISSUED = 409 "already-issued",
        ["Kết quả đã cấp", "Already issued"],
        ["Kết quả đã cấp không rút được.", "What has been issued can't be withdrawn."];
    NOTHING_ASKED = 409 "nothing-asked",
        ["Không có yêu cầu bổ sung", "Nothing is being asked for"],
        ["Thủ tục này không chờ gì từ người dân.", "The task waits for nothing from the applicant."];
    WINDOW_CLOSED = 409 "window-closed",
        ["Hết thời hạn bổ sung", "The time for supplying has ended"],
        ["Cơ quan sẽ quyết định bước tiếp theo.", "The agency decides what comes next."];
    NO_FEE = 409 "no-fee-here",
        ["Thủ tục này không thu phí qua cơ quan", "This task asks for no payment"],
        ["Quy trình không cho phép cơ quan này yêu cầu nộp phí.", "The definition lets this agency ask for none."];
    PAYMENT_ALREADY_REQUESTED = 409 "payment-already-requested",
        ["Đang chờ nộp phí", "A payment is being waited for"],
        ["Đợi người dân nộp, hoặc miễn khoản đang chờ.", "Wait for it, or waive it."];
    ALREADY_PAID = 409 "already-paid",
        ["Khoản này đã được nộp hoặc miễn", "Paid or waived already"],
        ["Nếu đã thu thêm tiền, hãy trả lại.", "Money that was taken again has to be given back."];
    PAYMENT_WINDOW_CLOSED = 409 "payment-window-closed",
        ["Đã hết thời hạn nộp phí", "The time for paying has ended"],
        ["Khoản này không còn cần; hãy trả lại số tiền đã thu.", "It is no longer wanted; give back what was taken."];
    NO_REFUND = 409 "no-refund",
        ["Không có khoản phải hoàn trả", "Nothing is to be paid back"],
        ["Khoản này không ở trong diện hoàn trả.", "This payment is not to be paid back."];
    ALREADY_REFUNDED = 409 "already-refunded",
        ["Khoản này đã được hoàn trả", "Paid back already"],
        ["Không cần báo lần nữa.", "There is no need to say it again."];
    SAME_CALENDAR = 409 "same-calendar",
        ["Lịch đã là mới nhất", "The calendar is the newest"],
        ["Không có gì phải tính lại.", "There is nothing to be counted anew."];
    ALREADY_DECIDED = 409 "already-decided",
        ["Đã có quyết định", "Somebody has decided"],
        ["Nội dung này không còn sửa được ở đây.", "This can't be corrected here any more."];
    CHANGES_COURSE = 409 "changes-course",
        ["Nội dung sửa làm thay đổi thủ tục", "It would change the course"],
        ["Hãy rút và nộp hồ sơ mới.", "Withdraw and apply anew."];
    NO_NEWER_RULES = 409 "no-newer-rules",
        ["Không có quy định mới áp dụng được", "There are no newer rules"],
        ["Hồ sơ tiếp tục theo quy định hiện tại.", "The dossier goes on as it is."];
    NO_DRAFT = 409 "no-draft",
        ["Không có bản nháp", "There is no draft"],
        ["Không có bản nháp nào đang chờ kiểm tra.", "No draft waits to be looked at."];
    DRAFT_OPEN = 409 "draft-open",
        ["Bản nháp đang được kiểm tra", "A draft is being looked at"],
        ["Đợi người dân trả lời hoặc hết thời hạn.", "Wait for the answer, or the end of the window."];
    MISMATCH_ALREADY_REPORTED = 409 "mismatch-already-reported",
        ["Đã báo sai lệch này", "Already reported"],
        ["Đợi khắc phục; khi đã khắc phục, hãy báo là xong rồi mới báo sai lệch khác.", "Wait until it is mended; say that it is before you report another."];
    NO_MISMATCH = 409 "no-mismatch",
        ["Không có sai lệch dữ liệu", "There is no mismatch"],
        ["Không có sai lệch nào đang chờ khắc phục.", "No mismatch waits to be mended."];
    NOT_SILENT = 409 "not-silent",
        ["Cơ quan này chưa quá hạn trả lời", "This agency is not late with its answer"],
        ["Đợi đến hết thời hạn trả lời, hoặc xem lại hồ sơ: có thể đã có câu trả lời.", "Wait until its limit has ended, or look again: it may have answered."];
    NO_RESULT = 409 "no-result",
        ["Chưa có kết quả", "There is no result"],
        ["Chỉ kết quả đã có mới trả được.", "Only a result that exists can be delivered."];
    ALREADY_DELIVERED = 409 "already-delivered",
        ["Kết quả đã được trả", "Already delivered"],
        ["Không cần báo lần nữa.", "There is no need to say it again."];
    NOTHING_OPEN = 409 "nothing-open",
        ["Không còn thủ tục nào đang mở", "Nothing is open any more"],
        ["Mọi thủ tục của hồ sơ đã kết thúc.", "Every task of the dossier has ended."];
    REFUSED = 409 "refused",
        ["Không thực hiện được", "Not done"],
        ["Hồ sơ không cho phép việc này lúc này.", "The dossier does not allow this now."];
}
