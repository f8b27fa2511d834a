-- Which journal of the agent was asked: one that was replaced under the same agent does not know
-- what an older one has begun.
alter table tool_effects add column effect_epoch {text};
