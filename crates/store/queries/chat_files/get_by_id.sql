select id, owner_id, organization_id, chat_id, name, mimetype, size, created_at
  from chat_files
 where id = $1
