-- The university years, what the other tables show of them, and the clock of the database.
-- Read by Oracle and by PostgreSQL as it stands; who fills in what: daemon/source/database/text.ts.
select
  cast(a.cod_anu as varchar(40)) as cod_anu
  , a.eta_anu_iae as eta_anu_iae
  , case when exists (select 1 from ins_adm_etp e where e.cod_anu = a.cod_anu) then 'O' else 'N' end as has_enrolments
  , case when exists (select 1 from individu) then 'O' else 'N' end as has_people
  , case when exists (select 1 from adresse) then 'O' else 'N' end as has_addresses
  , to_char(current_timestamp at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as now_utc
from annee_uni a
