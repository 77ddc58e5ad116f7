//! Chromium, driven by WebDriver on loopback. It keeps everything in a folder of its own and ends
//! with the test, however that ends: a shell holds the driver and stops it when its input closes.

use std::io::{BufRead as _, BufReader};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use futures::FutureExt as _;
use lienthong_tests::client::eventually;
use lienthong_tests::report;
use serde_json::{Value as Json, json};

const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
const DRIVER: &str = "chromedriver";
const HOLD: &str = r#"
"$1" --port=0 &
read -r _
kill -TERM $!
wait $!
"#;
/// How the line begins in which the driver says its port.
const READY: &str = "ChromeDriver was started successfully on port ";
/// Without a line of its own to any other machine.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];
const PATIENCE: Duration = Duration::from_secs(20);
/// However often something is looked at, a test in the browser takes no longer.
const PATIENCE_WITH_ALL: Duration = Duration::from_secs(120);
/// What a content setting of Chromium calls "blocked".
const BLOCKED: u32 = 2;

/// A screen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    pub(crate) width: u32,
    height: u32,
    is_telephone: bool,
}

pub(crate) const LARGE: Screen = Screen { width: 1280, height: 900, is_telephone: false };
pub(crate) const SMALL: Screen = Screen { width: 360, height: 800, is_telephone: true };

pub(crate) struct Browser {
    driver: Child,
    page: Page,
}

/// The one page that is open.
pub(crate) struct Page {
    client: Client,
    pub(crate) screen: Screen,
    folder: tempfile::TempDir,
}

impl Browser {
    /// `None`, with a reason on stderr, where there is no browser.
    pub(crate) async fn start(screen: Screen) -> Option<Self> {
        let (Some(chromium), Some(driver)) =
            (CHROMIUM.into_iter().find_map(on_path), on_path(DRIVER))
        else {
            report::say("skipped: no Chromium with its driver is installed");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let (driver, port) = start_driver(&driver, folder.path());
        let options = options(&chromium, screen, folder.path());
        let capabilities = json!({ "browserName": "chrome", "goog:chromeOptions": options });
        let Json::Object(capabilities) = capabilities else { unreachable!("an object") };
        let client = ClientBuilder::rustls()
            .unwrap()
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("a session with Chromium");
        Some(Self { driver, page: Page { client, screen, folder } })
    }

    /// Lets somebody use the page, and closes the browser whether or not that goes well.
    pub(crate) async fn run(mut self, deeds: impl AsyncFnOnce(&Page)) {
        let deeds = tokio::time::timeout(PATIENCE_WITH_ALL, deeds(&self.page));
        let in_time = deeds.map(|it| it.expect("the browser answers in time"));
        let done = AssertUnwindSafe(in_time).catch_unwind().await;
        if done.is_err() {
            self.page.photograph("failed").await;
        }
        let _ = self.page.client.close().await;
        drop(self.driver.stdin.take());
        let _ = self.driver.wait();
        if let Err(panic) = done {
            resume_unwind(panic);
        }
    }
}

fn start_driver(driver: &Path, folder: &Path) -> (Child, u16) {
    let mut shell = Command::new("sh")
        .args(["-c", HOLD, "sh"])
        .arg(driver)
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = lines.find_map(|it| it.strip_prefix(READY)?.trim_end_matches('.').parse().ok());
    // A full pipe would stop it.
    std::thread::spawn(move || lines.for_each(drop));
    (shell, port.expect("the driver says its port"))
}

fn options(chromium: &Path, screen: Screen, folder: &Path) -> Json {
    let mut arguments: Vec<String> = FLAGS.iter().map(|it| (*it).to_owned()).collect();
    arguments.push(format!("--user-data-dir={}", folder.join("profile").display()));
    arguments.push(format!("--window-size={},{}", screen.width, screen.height));
    let mut options = json!({
        "binary": chromium,
        "args": arguments,
        "prefs": {
            "download.default_directory": folder.join("downloads"),
            "profile.managed_default_content_settings.javascript": BLOCKED,
            "intl.accept_languages": "vi",
        },
    });
    if screen.is_telephone {
        let (width, height) = (screen.width, screen.height);
        // By a finger the driver can't click where scripts are off.
        let metrics = json!({ "width": width, "height": height, "pixelRatio": 2, "touch": false });
        options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
    }
    options
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|it| it.join(program)).find(|it| it.is_file())
}

impl Page {
    pub(crate) async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub(crate) async fn refresh(&self) {
        self.client.refresh().await.unwrap();
    }

    pub(crate) async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    pub(crate) async fn title(&self) -> String {
        self.client.title().await.unwrap()
    }

    pub(crate) async fn source(&self) -> String {
        self.client.source().await.unwrap()
    }

    pub(crate) async fn find(&self, css: &str) -> Element {
        let found = self.client.find(Locator::Css(css)).await;
        found.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// The text of the first element, as it is seen.
    pub(crate) async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    pub(crate) async fn count(&self, css: &str) -> usize {
        self.client.find_all(Locator::Css(css)).await.unwrap().len()
    }

    /// Clicks on something that leads to another page.
    pub(crate) async fn click(&self, css: &str) {
        self.go_by(self.find(css).await).await;
    }

    /// Clicks on a link that leads to another page.
    pub(crate) async fn follow(&self, link: &str) {
        self.go_by(self.link(link).await).await;
    }

    /// Clicks on a link to a file, waits for it to be there as a whole, and gives its bytes.
    pub(crate) async fn download(&self, link: &str) -> Vec<u8> {
        self.link(link).await.click().await.unwrap();
        let folder = self.folder.path().join("downloads");
        eventually("a download", PATIENCE, async || {
            let mut entries = std::fs::read_dir(&folder).ok()?.map(|it| it.unwrap().path());
            let file = entries.find(|it| it.extension().is_some_and(|it| it == "pdf"))?;
            std::fs::read(file).ok().filter(|it| !it.is_empty())
        })
        .await
    }

    async fn link(&self, words: &str) -> Element {
        let found = self.client.find(Locator::LinkText(words)).await;
        found.unwrap_or_else(|error| panic!("{words}: {error}"))
    }

    /// The driver does not always wait for a click to lead somewhere: the old page has to be gone.
    async fn go_by(&self, element: Element) {
        let old = self.find("html").await;
        element.click().await.unwrap();
        let gone = async || old.tag_name().await.is_err().then_some(());
        eventually("another page", PATIENCE, gone).await;
    }

    /// Types into a field, in place of what is there. A file is typed as its path.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        if field.attr("type").await.unwrap().as_deref() != Some("file") {
            field.clear().await.unwrap();
        }
        field.send_keys(text).await.unwrap();
    }

    /// A number that the browser's own script engine gives, which works on the page from outside.
    pub(crate) async fn measure(&self, expression: &str) -> u64 {
        let script = format!("return Math.ceil({expression})");
        self.client.execute(&script, Vec::new()).await.unwrap().as_u64().unwrap()
    }

    /// A file that is not there yet, for an upload.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    /// Keeps a picture of the page in the target folder.
    pub(crate) async fn photograph(&self, name: &str) {
        let Ok(picture) = self.client.screenshot().await else { return };
        let name = format!("{name}-{}.png", self.screen.width);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, picture).unwrap();
        println!("{}", path.display());
    }
}
