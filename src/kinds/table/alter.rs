//! ALTER TABLE: from one table to the other, column by column.

use indexmap::IndexSet;

use super::column::{Column, must_recreate};
use super::column_steps::{added, changes, drop_column};
use super::inheritance::{effective, inherited, join, kept, leave, names, of_kept};
use super::moves::{rebound, retire};
use super::not_null::NotNull;
use super::numbered::mend;
use super::relocate::relocate;
use super::{Table, own};
use crate::kind::{Declared, leavers_of};
use crate::model::{Address, Name, Spec, Step};
use crate::sql::{LockLevel, Sql};

type It<'a> = Declared<'a, Table>;

/// What is left first, then columns that go, that come and that change, then what is the table's
/// own, and what is joined last.
pub fn steps(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    if let Some(mark) = &to.spec.retired.0 {
        return retire(from, mark);
    }
    // What the server is, and who inherits, only the live side knows.
    let mut beside_default = match from.partition_of == to.partition_of {
        true => from.spec.beside_default.clone(),
        false => to.spec.beside_default.clone(),
    };
    beside_default.0.take_if(|default| *default == to.address.qualified());
    let spec = Table {
        beside_default,
        version: from.spec.version,
        has_children: from.spec.has_children,
        own_not_nulls: from.spec.own_not_nulls.clone(),
        usual_tablespace: from.spec.usual_tablespace.clone(),
        ..to.spec.clone()
    };
    let to = &It { spec: &spec, ..*to };
    if from.partition_of != to.partition_of || from.spec.detaching {
        return relocate(from, to);
    }
    let kin = Kin::of(from, to);
    let mut steps = leave(from, to);
    let names: IndexSet<Name> = names(from.spec).into_iter().chain(names(to.spec)).collect();
    for name in &names {
        steps.extend(kin.column(name));
    }
    for step in &mut steps {
        step.claims.push(leavers_of(&to.address.qualified()));
    }
    let mut steps = [mend(from), steps].concat();
    steps.extend(own::steps(from, to));
    steps.extend(join(from, to));
    steps.extend(rebound(from, to));
    steps
}

/// ALTER TABLE where children would follow, and are not to.
pub fn alter_only(it: &It<'_>, title: String, action: &Sql) -> Step {
    let only = if it.spec.has_children.0 { "ALTER TABLE ONLY " } else { "ALTER TABLE " };
    statement(it, title, Sql::new(only), action)
}

pub fn alter(it: &It<'_>, title: String, action: &Sql) -> Step {
    statement(it, title, Sql::new("ALTER TABLE "), action)
}

fn statement(it: &It<'_>, title: String, words: Sql, action: &Sql) -> Step {
    let sql = words.raw(&it.address.qualified()).raw(" ").append(action);
    Step::alter(it.address, title, sql).lock(LockLevel::AccessExclusive, it.address.qualified())
}

/// A table before and after, and the parents that it has both times: what happens to their columns
/// happens to the table's by itself.
struct Kin<'a> {
    from: &'a It<'a>,
    to: &'a It<'a>,
    /// Parents that stay, in their old and new form.
    before: Vec<(Address, Spec)>,
    after: Vec<(Address, Spec)>,
}

impl<'a> Kin<'a> {
    fn of(from: &'a It<'a>, to: &'a It<'a>) -> Self {
        let kept = kept(from.spec, to.spec);
        Self { from, to, before: of_kept(from.spec, kept), after: of_kept(to.spec, kept) }
    }

    fn column(&self, name: &Name) -> Vec<Step> {
        let (from, to) = (self.from.spec, self.to.spec);
        let (own, wanted) = (from.column.get(name), to.column.get(name));
        // Without its parent at hand, a column without a type is one that is inherited.
        let bare = |own: Option<&Column>, table: &Table| {
            own.is_some_and(|column| column.data_type.is_none())
                && inherited(&table.parents.0, name).is_none()
        };
        let before = inherited(&self.before, name).is_some() || bare(own, from);
        let after = inherited(&self.after, name).is_some() || bare(wanted, to);
        if before && after {
            return self.beside(name, own, wanted);
        }
        match (left(from, name), effective(to, name)) {
            // The parent's column goes; this one only if it was not defined here, too.
            (Some(column), None) if before => {
                let local = from.local.0.contains(name);
                let step = local.then(|| self.after_parents(drop_column(self.to, name, &column)));
                step.into_iter().collect()
            }
            (Some(_), Some(target)) if before => {
                let steps = added(self.to, name, &target);
                steps.into_iter().map(|step| self.after_parents(step)).collect()
            }
            // The parent's column comes.
            (None, Some(_)) if after => self.beside(name, None, wanted),
            // One that is there already is taken for it.
            (Some(_), None) | (None, Some(_)) if self.of_type() => Vec::new(),
            (Some(column), None) => vec![drop_column(self.to, name, &column)],
            (None, Some(target)) => added(self.to, name, &target),
            (Some(column), Some(target)) if self.of_type() => {
                let data_type = target.data_type.clone();
                let collation = target.collation.clone();
                changes(self.to, name, &Column { data_type, collation, ..column }, &target)
            }
            (Some(column), Some(target)) if must_recreate(&column, &target, from.version.0) => {
                let gone = drop_column(self.to, name, &column);
                std::iter::once(gone).chain(added(self.to, name, &target)).collect()
            }
            (Some(column), Some(target)) => changes(self.to, name, &column, &target),
            (None, None) => Vec::new(),
        }
    }

    /// What a table has otherwise than its parent. Where it ceases to, it gets what the parent has.
    fn beside(&self, name: &Name, own: Option<&Column>, wanted: Option<&Column>) -> Vec<Step> {
        if own == wanted {
            return Vec::new();
        }
        let (own, wanted) = (own.cloned().unwrap_or_default(), wanted.cloned().unwrap_or_default());
        let theirs = inherited(&self.to.spec.parents.0, name).unwrap_or_default();
        let data_type = theirs.data_type.clone();
        let mut old = Column { data_type: data_type.clone(), ..own };
        let mut new = Column { data_type, not_null: wanted.not_null || theirs.not_null, ..wanted };
        old.not_null |= theirs.not_null;
        if old.default.is_some() && new.default.is_none() {
            new.default.clone_from(&theirs.default);
        }
        if old.generated.is_some() && new.generated.is_none() {
            new.generated.clone_from(&theirs.generated);
        }
        if new.generated.is_some() && old.generated.is_none() {
            old.generated.clone_from(&theirs.generated);
        }
        changes(self.to, name, &old, &new)
    }

    fn after_parents(&self, mut step: Step) -> Step {
        step.after_all.extend(self.before.iter().map(|(address, _)| address.clone()));
        step
    }

    /// The columns of a typed table change with the type.
    fn of_type(&self) -> bool {
        self.to.spec.of.is_some() && self.from.spec.of == self.to.spec.of
    }
}

/// A column when the parents are left: a constraint that it is not null has the name then that it
/// was inherited with.
fn left(table: &Table, name: &Name) -> Option<Column> {
    let mut column = effective(table, name)?;
    let mut names = table.inherited_not_nulls.0.iter();
    if let Some((_, constraint)) = names.find(|(of, _)| of == name) {
        column.particular_not_null =
            Some(Box::new(NotNull { name: Some(constraint.clone()), ..NotNull::default() }));
    }
    Some(column)
}
