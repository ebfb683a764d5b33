//! The forms in which commands print.

use std::path::PathBuf;

use clap::ValueEnum;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    #[default]
    Text,
    Markdown,
    Json,
    Sql,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum DriftFormat {
    #[default]
    Text,
    Markdown,
    Json,
    Junit,
    Sarif,
    /// For node_exporter's textfile collector
    Prometheus,
    /// For the incoming webhook of a chat
    Chat,
}

/// A report in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    pub format: DriftFormat,
    pub file: PathBuf,
}

/// `prometheus=drift.prom`
///
/// # Errors
/// What is none.
pub fn report_file(text: &str) -> Result<ReportFile, String> {
    let (format, file) = text
        .split_once('=')
        .filter(|(_, file)| !file.is_empty())
        .ok_or_else(|| "it is a format and a file, such as prometheus=drift.prom".to_owned())?;
    let format = DriftFormat::from_str(format, false)
        .map_err(|_| format!("`{format}` is no format of this command"))?;
    Ok(ReportFile { format, file: file.into() })
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum WhyFormat {
    #[default]
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum VerifyFormat {
    #[default]
    Text,
    Json,
    Junit,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    #[default]
    Text,
    Markdown,
    Json,
    Junit,
    Sarif,
    /// Commands of a GitHub workflow
    Github,
}
