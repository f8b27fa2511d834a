-- Entries of a chat's list of readers.
select (select count(*) from chat_acl_users as u where u.chat_id = $1)
       + (select count(*) from chat_acl_groups as g where g.chat_id = $1) as readers
