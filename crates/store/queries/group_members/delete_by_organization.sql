-- Whoever leaves an organization leaves its groups, the one of everybody among them.
delete from group_members
 where user_id = $2
   and group_id in (select g.id from groups as g where g.organization_id = $1)
