-- The same secret under another key: nothing changes for anybody.
update providers
   set sealed_api_key = $2
 where id = $1
