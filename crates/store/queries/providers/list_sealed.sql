select id, sealed_api_key
  from providers
 where sealed_api_key is not null
 order by id
/*lock*/
