-- A file belongs to the chat that first used it; an unused one may be used by its owner.
update chat_files
   set chat_id = $2, used_at = $4
 where id in /*in:uuid:$1*/
   and (chat_id = $2 or (chat_id is null and owner_id = $3))
