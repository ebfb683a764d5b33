//! `target_session_attrs`: which server of several is good enough.

use super::choices;
use super::error::ConnectError;
use super::settings::Settings;

/// `target_session_attrs`: which server is good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionAttributes {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

impl SessionAttributes {
    /// The setting of `target_session_attrs`.
    pub fn of(settings: &Settings) -> Result<SessionAttributes, ConnectError> {
        choices::choice(settings, "target_session_attrs", SESSION_ATTRIBUTES)
            .map(|chosen| chosen.unwrap_or(SessionAttributes::Any))
    }

    /// The rounds over the list of hosts, each with what it looks for.
    pub fn rounds(self) -> &'static [SessionAttributes] {
        match self {
            SessionAttributes::Any => &[SessionAttributes::Any],
            SessionAttributes::ReadWrite => &[SessionAttributes::ReadWrite],
            SessionAttributes::ReadOnly => &[SessionAttributes::ReadOnly],
            SessionAttributes::Primary => &[SessionAttributes::Primary],
            SessionAttributes::Standby => &[SessionAttributes::Standby],
            SessionAttributes::PreferStandby => {
                &[SessionAttributes::Standby, SessionAttributes::Any]
            }
        }
    }

    /// Why a server in this state is not what is looked for; `None` when it is.
    pub fn objection(self, in_recovery: bool, read_only: bool) -> Option<&'static str> {
        match self {
            SessionAttributes::Any | SessionAttributes::PreferStandby => None,
            SessionAttributes::ReadWrite => read_only.then_some("its sessions are read-only"),
            SessionAttributes::ReadOnly => (!read_only).then_some("its sessions are not read-only"),
            SessionAttributes::Primary => in_recovery.then_some("it is a standby"),
            SessionAttributes::Standby => (!in_recovery).then_some("it is not a standby"),
        }
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        choices::word_for(SESSION_ATTRIBUTES, self)
    }
}

const SESSION_ATTRIBUTES: &[(&str, SessionAttributes)] = &[
    ("any", SessionAttributes::Any),
    ("read-write", SessionAttributes::ReadWrite),
    ("read-only", SessionAttributes::ReadOnly),
    ("primary", SessionAttributes::Primary),
    ("standby", SessionAttributes::Standby),
    ("prefer-standby", SessionAttributes::PreferStandby),
];
