-- One-time links by which people make their own accounts.
create table invites (
  id {uuid} primary key,
  secret_hash {bytes} not null,
  roles {json} not null,
  created_by {uuid} not null references users (id),
  expires_at {int} not null,
  used_at {int},
  used_by {uuid} references users (id),
  created_at {int} not null
) {strict};
create unique index invites_secret on invites (secret_hash);
create index invites_open on invites (created_at, id) where used_at is null;
