select value
  from site_configs
 where key = $1
/*lock*/
