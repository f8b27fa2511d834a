-- Model providers and the models that people may choose.

create table providers (
  id {uuid} primary key,
  provider {text} not null unique,
  display_name {text} not null,
  enabled {bool} not null,
  base_url {text},
  -- Sealed by the deployment key; write-only for everybody but the chat worker.
  sealed_api_key {bytes},
  created_at {int} not null,
  updated_at {int} not null
) {strict};

create table model_configs (
  id {uuid} primary key,
  provider {text} not null,
  model {text} not null,
  display_name {text} not null,
  enabled {bool} not null,
  is_default {bool} not null,
  context_limit {int} not null check (context_limit > 0),
  compression_threshold {int} not null check (compression_threshold between 0 and 100),
  -- How the model is called: the `model_config` document of the API.
  settings {json} not null,
  deleted {bool} not null default false,
  created_at {int} not null,
  updated_at {int} not null,
  check (is_default = false or (enabled = true and deleted = false))
) {strict};
-- At most one default, whatever two administrators do at once.
create unique index model_configs_default on model_configs (is_default) where is_default = true;
create index model_configs_provider on model_configs (provider) where deleted = false;
