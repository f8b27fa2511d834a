-- People are found by their names whatever the case, as the program folds it: what the database
-- calls lower case depends on the engine.
alter table users add column name_folded {text} not null default '';
update users set name_folded = lower(name);
