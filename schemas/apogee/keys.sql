-- The activation keys that a site supplies (keys.source: database), from a view of its own: the name after "from" is
-- replaced by keys.source_view. Read by Oracle and by PostgreSQL as it stands.
select
  cast(k.cod_etu as varchar(40)) as cod_etu
  , k.cle as cle
from cle_activation k
