-- Where a provider runs models, for one that has regions.
alter table providers add column region {text};
