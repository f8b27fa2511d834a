delete from group_members
 where group_id = $1 and user_id = $2
