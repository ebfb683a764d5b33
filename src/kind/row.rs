//! A kind with its type erased.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio_postgres::Row;

use super::authority::Authority;
use super::consequences::{Disturbance, Gift, Release, Transition};
use super::contract::Kind;
use super::copying::{Copied, Copying, Exchanging, Family};
use super::declared::Declared;
use super::doubt::Doubt;
use super::expansion::Expansion;
use super::reading::{Catalog, DecodeError, Reading, ServerVersion};
use super::section::Section;
use super::site::Site;
use super::unfinished::Unfinished;
use crate::model::{
    Address, AnySpec, Change, Grantable, Name, Natures, Object, Part, Privileges, Spec, Step, Tag,
};
use crate::sql::{Fragment, Place, Sql, Variables};

/// [`Kind::expose`], erased.
type Expose = fn(&Object, &dyn Fn(&Address) -> bool) -> Option<(Object, Vec<Object>)>;

/// [`super::ForeignOptions::recognise`] over [`Kind::options`], of a live object and its desired
/// counterpart. `None`: the kind has no such options.
type Recognise = fn(&mut Object, &Object, Variables<'_>) -> Option<Vec<String>>;

/// [`Kind::columns`], erased.
type Columns = fn(&Object) -> Vec<(Name, Option<Place>)>;

/// [`Kind::doubts`], erased.
type Doubts = fn(Option<&Object>, &Object) -> Vec<Doubt>;

/// [`Kind::gives`], erased.
type Gives = fn(&Object) -> Vec<Gift>;
/// [`Kind::release`], erased.
type ReleaseOf = fn(&Object, Option<&Name>, &[Part]) -> Option<Release>;

/// [`Kind::alter`], erased.
type Alter = fn(&Object, &Object, Option<Site<'_>>) -> Vec<Step>;

/// [`Kind::replace`], erased.
type Replace = fn(&Object, &Object, Option<Site<'_>>) -> Option<Vec<Step>>;
type CopyOf = fn(&Object, &Object, &Copying<'_>) -> Option<Copied>;

/// [`Kind::exchange`], erased.
type ExchangeOf = fn(&[&Object], &[&Object], &Exchanging<'_>) -> Option<Copied>;

/// [`Kind::regroup`], erased.
type Regroup = fn(&mut [&mut Change], &Family, &BTreeSet<String>) -> Vec<String>;

/// [`Kind::unsettled`], erased.
type Unsettled = fn(&Object, &Object, &Object) -> Option<Object>;

/// The functions of one kind.
#[derive(Debug, Clone, Copy)]
pub struct KindRow {
    pub tag: Tag,
    pub catalog: Catalog,
    /// [`Kind::ANY`]
    pub any: Option<&'static str>,
    /// [`Kind::MOST`]
    pub most: bool,
    pub calls_unseen: bool,
    pub ties: bool,
    /// [`Kind::RULES_NEW`]
    pub rules_new: bool,
    pub grantable: Option<Grantable>,
    /// [`Kind::AUTHORITY`]
    pub authority: Authority,
    pub owned: bool,
    pub commentable: bool,
    pub has_secrets: bool,
    /// Whether it has an option whose value is hidden.
    pub hides: fn(&Object) -> bool,
    pub renamable: bool,
    /// [`Kind::RENAME_LOCKS_RELATION`]
    pub rename_locks_relation: bool,
    /// [`Kind::PART`]
    pub part: Option<&'static str>,
    /// [`Kind::PARTS_ARE_TABLES`]
    pub parts_are_tables: bool,
    /// [`Kind::PART_FOLLOWS`]
    pub part_follows: bool,
    pub queries: fn(ServerVersion) -> Vec<String>,
    pub decode: fn(Vec<Vec<Row>>, &mut Reading) -> Result<(), DecodeError>,
    pub sections: fn() -> &'static [Section],
    pub namespace: fn(&Name) -> Option<Object>,
    pub is_workshop: fn(&Object) -> bool,
    pub roles: fn(&Object) -> Vec<Name>,
    pub tablespaces: fn(&Object) -> Vec<Name>,
    pub recognise: Recognise,
    pub schemas: fn(&Object) -> Vec<Name>,
    pub follow_schema: fn(&mut Object, &Name, &Name),
    pub initial_comment: fn(&Object) -> Option<&str>,
    pub needs: fn(&Object) -> Vec<Part>,
    pub body: fn(&Object) -> Option<&Fragment>,
    pub columns: Columns,
    pub parts: fn(&Object) -> Vec<Name>,
    pub has_more_columns: fn(&Object) -> bool,
    pub parents: fn(&Object) -> Vec<Address>,
    pub inherit: fn(&mut Object, Vec<(Address, Spec)>),
    pub whole: fn(&Object) -> Object,
    pub regroup: Regroup,
    pub is_regrouped: fn(&Object) -> bool,
    pub unsettled: Unsettled,
    pub rejoins: fn(&Object, &Object) -> bool,
    pub inform: fn(&mut Object, &Natures),
    pub joins: fn(&mut Object, &[&Object]),
    pub is_inherited: fn(&Object) -> bool,
    pub expand: fn(&Object, jiff::civil::Date) -> Expansion,
    pub adopt: fn(&mut Object, &Object, Option<&Object>),
    pub expose: Expose,
    pub stays: fn(&Object) -> bool,
    pub unfinished: fn(&Object, Option<&Object>) -> Vec<Unfinished>,
    pub transition: fn(&Object, &Object) -> Transition,
    pub disturbs: fn(&Object, &Object) -> Vec<(Name, Disturbance)>,
    pub survives_retype: fn(&Object, &[&Part]) -> bool,
    pub claims: fn(&Address) -> Vec<String>,
    pub doubts: Doubts,
    pub written_anew: fn(&Object, &Object) -> Option<&'static str>,
    pub unplaced: fn(&Object, &[&Object]) -> Vec<Doubt>,
    pub values_gone: fn(&Object, &Object) -> Vec<String>,
    pub create: fn(&Object, Option<Site<'_>>) -> Vec<Step>,
    pub alter: Alter,
    pub drop: fn(&Object, Option<Site<'_>>) -> Vec<Step>,
    pub replace: Replace,
    pub copy: CopyOf,
    pub exchange: ExchangeOf,
    pub row_key: fn(&Object) -> Option<Vec<Name>>,
    pub comes_with_relation: fn(&Object) -> bool,
    pub release: ReleaseOf,
    pub reread: fn(&Object) -> Vec<Step>,
    pub rename: fn(&Address, &Address) -> Sql,
    pub rename_along: fn(&Address, &Address) -> Option<(&'static str, Sql)>,
    pub rename_part: fn(&Address, &Name, &Name) -> Sql,
    pub default_name: fn(&Object, &[Name]) -> Option<String>,
    pub comment_target: fn(&Address) -> Sql,
    pub grant_target: fn(&Address) -> Sql,
    pub usual_privileges: fn(&Address, ServerVersion) -> Privileges,
    pub owned_with: fn(&Object) -> Vec<Part>,
    pub gives: Gives,
    /// Reads back what [`crate::model::Spec::encode`] wrote.
    pub decode_spec: fn(&[u8]) -> Option<Arc<dyn AnySpec>>,
}

impl KindRow {
    /// The row of `K`. An object that carries another kind's facts, which no reader makes,
    /// comes out as one about which there is nothing to say.
    #[must_use]
    pub const fn of<K: Kind>() -> Self {
        Self {
            tag: K::TAG,
            catalog: K::CATALOG,
            any: K::ANY,
            most: K::MOST,
            calls_unseen: K::CALLS_UNSEEN,
            ties: K::TIES,
            rules_new: K::RULES_NEW,
            grantable: K::GRANTABLE,
            authority: K::AUTHORITY,
            owned: K::OWNED,
            commentable: K::COMMENTABLE,
            has_secrets: K::HAS_SECRETS,
            hides: |object| {
                let spec = object.spec.get::<K::Spec>();
                spec.is_some_and(|it| K::options(&mut it.clone()).is_some_and(|it| it.hides()))
            },
            renamable: K::RENAMABLE,
            rename_locks_relation: K::RENAME_LOCKS_RELATION,
            part: K::PART,
            parts_are_tables: K::PARTS_ARE_TABLES,
            part_follows: K::PART_FOLLOWS,
            queries: K::queries,
            decode: K::decode,
            sections: K::sections,
            namespace: K::namespace,
            is_workshop: |object| object.spec.get().is_some_and(K::is_workshop),
            roles: |object| {
                Declared::<K::Spec>::of(object).map(|it| K::roles(&it)).unwrap_or_default()
            },
            tablespaces: |object| object.spec.get().map(K::tablespaces).unwrap_or_default(),
            recognise: |live, desired, variables| {
                let mut there = live.spec.get::<K::Spec>()?.clone();
                let mut wanted = desired.spec.get::<K::Spec>()?.clone();
                let unset = K::options(&mut wanted)?.recognise(K::options(&mut there)?, variables);
                live.spec = Spec::of(Arc::new(there));
                Some(unset)
            },
            follow_schema: |object, from, to| {
                if let Some(spec) = object.spec.get::<K::Spec>() {
                    let mut spec = spec.clone();
                    K::follow_schema(&mut spec, from, to);
                    object.spec = Spec::of(Arc::new(spec));
                }
            },
            schemas: |object| object.spec.get().map(K::schemas).unwrap_or_default(),
            initial_comment: |object| K::initial_comment(object.spec.get()?),
            needs: |object| {
                Declared::<K::Spec>::of(object).map(|it| K::needs(&it)).unwrap_or_default()
            },
            body: |object| K::body(object.spec.get()?),
            columns: |object| object.spec.get().map(K::columns).unwrap_or_default(),
            parts: |object| object.spec.get().map(K::parts).unwrap_or_default(),
            has_more_columns: |object| object.spec.get().is_some_and(K::has_more_columns),
            parents: |object| {
                Declared::<K::Spec>::of(object).map(|it| K::parents(&it)).unwrap_or_default()
            },
            inherit: |object, parents| {
                if let Some(spec) = object.spec.get::<K::Spec>() {
                    let mut spec = spec.clone();
                    K::inherit(&mut spec, parents);
                    object.spec = Spec::of(Arc::new(spec));
                }
            },
            whole: |object| match object.spec.get::<K::Spec>() {
                Some(spec) => Object { spec: Spec::of(Arc::new(K::whole(spec))), ..object.clone() },
                None => object.clone(),
            },
            inform: |object, natures| {
                if let Some(spec) = object.spec.get::<K::Spec>() {
                    let mut spec = spec.clone();
                    K::inform(&object.address, &mut spec, natures);
                    object.spec = Spec::of(Arc::new(spec));
                }
            },
            regroup: K::regroup,
            is_regrouped: |object| object.spec.get().is_some_and(K::is_regrouped),
            unsettled: |from, to, part| {
                let (from, to) = both::<K>(from, to)?;
                let spec = K::unsettled([&from, &to], part.spec.get()?)?;
                Some(Object { spec: Spec::of(Arc::new(spec)), ..part.clone() })
            },
            rejoins: |from, to| {
                let specs = from.spec.get().zip(to.spec.get());
                from.partition_of == to.partition_of
                    && specs.is_some_and(|(from, to)| K::rejoins(from, to))
            },
            joins: |object, beside| {
                if let Some(spec) = object.spec.get::<K::Spec>() {
                    let mut spec = spec.clone();
                    K::joins(&mut spec, beside);
                    object.spec = Spec::of(Arc::new(spec));
                }
            },
            is_inherited: |object| object.spec.get().is_some_and(K::is_inherited),
            expand: |object, as_of| {
                Declared::<K::Spec>::of(object).map(|it| K::expand(&it, as_of)).unwrap_or_default()
            },
            adopt: |canonical, written, live| {
                if let (Some(spec), Some(written)) =
                    (canonical.spec.get::<K::Spec>(), written.spec.get())
                {
                    let mut spec = spec.clone();
                    K::adopt(&mut spec, written, live.and_then(|live| live.spec.get()));
                    canonical.spec = Spec::of(Arc::new(spec));
                }
            },
            expose: |object, wanted| {
                let (spec, parts) = K::expose(&Declared::<K::Spec>::of(object)?, wanted)?;
                Some((Object { spec: Spec::of(Arc::new(spec)), ..object.clone() }, parts))
            },
            stays: |object| object.spec.get().is_some_and(K::stays),
            unfinished: |live, wanted| {
                let wanted = wanted.and_then(|wanted| wanted.spec.get());
                live.spec.get().map(|live| K::unfinished(live, wanted)).unwrap_or_default()
            },
            transition: |from, to| {
                both::<K>(from, to)
                    .map_or(Transition::InPlace, |(from, to)| K::transition(from.spec, to.spec))
            },
            disturbs: |from, to| {
                both::<K>(from, to)
                    .map(|(from, to)| K::disturbs(from.spec, to.spec))
                    .unwrap_or_default()
            },
            survives_retype: |object, of| {
                Declared::<K::Spec>::of(object).is_none_or(|it| K::survives_retype(&it, of))
            },
            claims: K::claims,
            doubts: |from, to| {
                let from = from.and_then(Declared::<K::Spec>::of);
                Declared::<K::Spec>::of(to)
                    .map(|to| K::doubts(from.as_ref(), &to))
                    .unwrap_or_default()
            },
            written_anew: |from, to| K::written_anew(from.spec.get()?, to.spec.get()?),
            unplaced: |object, below| {
                let below: Vec<_> = below.iter().filter_map(|it| Declared::of(it)).collect();
                Declared::of(object).map(|it| K::unplaced(&it, &below)).unwrap_or_default()
            },
            values_gone: |from, to| match (from.spec.get(), to.spec.get()) {
                (Some(from), Some(to)) => K::values_gone(from, to),
                _ => Vec::new(),
            },
            create: |object, site| {
                at::<K>(object, site).map(|it| K::create(&it)).unwrap_or_default()
            },
            alter: |from, to, site| {
                let both = at::<K>(from, site).zip(at::<K>(to, site));
                both.map(|(from, to)| K::alter(&from, &to)).unwrap_or_default()
            },
            drop: |object, site| at::<K>(object, site).map(|it| K::drop(&it)).unwrap_or_default(),
            replace: |from, to, site| {
                let (from, to) = (at::<K>(from, site)?, at::<K>(to, site)?);
                K::replace(&from, &to)
            },
            copy: |from, to, copying| {
                let (from, to) = both::<K>(from, to)?;
                K::copy(&from, &to, copying)
            },
            exchange: |sources, takers, exchanging| {
                K::exchange(&all::<K>(sources)?, &all::<K>(takers)?, exchanging)
            },
            row_key: |object| K::row_key(object.spec.get()?).map(<[Name]>::to_vec),
            comes_with_relation: |object| object.spec.get().is_some_and(K::comes_with_relation),
            release: |object, column, referenced| {
                K::release(&Declared::<K::Spec>::of(object)?, column, referenced)
            },
            reread: |object| {
                Declared::<K::Spec>::of(object).map(|it| K::reread(&it)).unwrap_or_default()
            },
            rename: K::rename,
            rename_along: K::rename_along,
            rename_part: K::rename_part,
            default_name: |object, columns| {
                K::default_name(&Declared::<K::Spec>::of(object)?, columns)
            },
            comment_target: K::comment_target,
            grant_target: K::grant_target,
            usual_privileges: K::usual_privileges,
            owned_with: |object| {
                Declared::<K::Spec>::of(object).map(|it| K::owned_with(&it)).unwrap_or_default()
            },
            gives: |object| {
                Declared::<K::Spec>::of(object).map(|it| K::gives(&it)).unwrap_or_default()
            },
            decode_spec: |bytes| {
                let spec: K::Spec = rmp_serde::from_slice(bytes).ok()?;
                Some(Arc::new(spec))
            },
        }
    }
}

fn at<'a, K: Kind>(object: &'a Object, site: Option<Site<'a>>) -> Option<Declared<'a, K::Spec>> {
    Some(Declared { site, ..Declared::<K::Spec>::of(object)? })
}

fn all<'a, K: Kind>(objects: &[&'a Object]) -> Option<Vec<Declared<'a, K::Spec>>> {
    objects.iter().map(|object| Declared::<K::Spec>::of(object)).collect()
}

type Both<'a, S> = (Declared<'a, S>, Declared<'a, S>);

fn both<'a, K: Kind>(from: &'a Object, to: &'a Object) -> Option<Both<'a, K::Spec>> {
    Some((Declared::<K::Spec>::of(from)?, Declared::<K::Spec>::of(to)?))
}
