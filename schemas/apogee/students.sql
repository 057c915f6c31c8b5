-- Every enrolment (INS_ADM_ETP) of the years read, in every state, one row each, with its student (INDIVIDU) and the two
-- addresses (ADRESSE). Read by Oracle and by PostgreSQL as it stands: no function, no type and no join that the two
-- understand differently. Dates leave as text, in the local time that Apogée keeps; numbers leave as text.
--
-- Two kinds of marks (daemon/source/database/text.ts):
--   a line that ends in "needs TABLE.COLUMN ..." stays when those columns are there, and goes when one is not;
--   what stands between "if delta" or "if one" and "end" stays in that kind of reading alone.
-- Names after a colon are values: first_year, last_year, open_from, since, student.
select
  cast(i.cod_etu as varchar(40)) as cod_etu
  , cast(i.cod_ind as varchar(40)) as cod_ind
  , i.cod_nne_ind as cod_nne_ind
  , i.cod_cle_nne_ind as cod_cle_nne_ind
  , i.lib_nom_pat_ind as lib_nom_pat_ind
  , i.lib_nom_usu_ind as lib_nom_usu_ind
  , i.lib_pr1_ind as lib_pr1_ind
  , i.lib_pr2_ind as lib_pr2_ind
  , to_char(i.date_nai_ind, 'DD/MM/YYYY') as date_nai_ind
  , i.cod_sex_etu as cod_sex_etu
  , cast(i.daa_etb as varchar(40)) as daa_etb
  , i.cod_civ as cod_civ -- needs INDIVIDU.COD_CIV
  , i.prenom_usage as prenom_usage -- needs INDIVIDU.PRENOM_USAGE
  , fixe.adr_mail as adr_mail
  , annuelle.adr_mail as adr_mail_annuelle
  , coalesce(annuelle.num_tel_port, fixe.num_tel_port) as num_tel_port -- needs ADRESSE.NUM_TEL_PORT
  , cast(iae.cod_anu as varchar(40)) as cod_anu
  , cast(iae.cod_etp as varchar(40)) as cod_etp
  , cast(iae.cod_vrs_vet as varchar(40)) as cod_vrs_vet
  , cast(iae.num_occ_iae as varchar(40)) as num_occ_iae
  , cast(iae.cod_dip as varchar(40)) as cod_dip
  , cast(iae.cod_cmp as varchar(40)) as cod_cmp
  , cmp.lib_cmp as lib_cmp -- needs COMPOSANTE.COD_CMP COMPOSANTE.LIB_CMP
  , iae.eta_iae as eta_iae
  , iae.eta_pmt_iae as eta_pmt_iae
  , iae.tem_iae_prm as tem_iae_prm
  , to_char(iae.dat_cre_iae, 'DD/MM/YYYY HH24:MI:SS') as dat_cre_iae
  , to_char(iae.dat_mod_iae, 'DD/MM/YYYY HH24:MI:SS') as dat_mod_iae
  , to_char(iae.dat_annul_res_iae, 'DD/MM/YYYY HH24:MI:SS') as dat_annul_res_iae
  , iaa.cod_rgi as cod_rgi -- needs INS_ADM_ANU.COD_ANU INS_ADM_ANU.COD_IND INS_ADM_ANU.COD_RGI
  , dip.cod_sds as cod_sds -- needs DIPLOME.COD_DIP DIPLOME.COD_SDS
  , dip.cod_tpd_etb as cod_tpd_etb -- needs DIPLOME.COD_DIP DIPLOME.COD_TPD_ETB
  , etp.cod_cur as cod_cur -- needs ETAPE.COD_ETP ETAPE.COD_CUR
from ins_adm_etp iae
left join individu i on i.cod_ind = iae.cod_ind
-- The address of the record: the newest row, should there be several.
left join (
  select a.cod_ind as cod_ind
    , a.adr_mail as adr_mail
    , a.num_tel_port as num_tel_port -- needs ADRESSE.NUM_TEL_PORT
    , row_number() over (partition by a.cod_ind order by a.cod_adr desc) as place
  from adresse a
  where a.cod_ind is not null
  -- if one
    and a.cod_ind in (select p.cod_ind from individu p where p.cod_etu = :student)
  -- end
) fixe on fixe.cod_ind = i.cod_ind and fixe.place = 1
-- The address given for an open year, where it is filled: that of the newest year.
left join (
  select a.cod_ind_ina as cod_ind
    , a.adr_mail as adr_mail
    , a.num_tel_port as num_tel_port -- needs ADRESSE.NUM_TEL_PORT
    , row_number() over (partition by a.cod_ind_ina order by a.cod_anu_ina desc, a.cod_adr desc) as place
  from adresse a
  where a.cod_ind_ina is not null and a.cod_anu_ina between :open_from and :last_year and length(trim(a.adr_mail)) > 0
  -- if one
    and a.cod_ind_ina in (select p.cod_ind from individu p where p.cod_etu = :student)
  -- end
) annuelle on annuelle.cod_ind = i.cod_ind and annuelle.place = 1
left join composante cmp on cmp.cod_cmp = iae.cod_cmp -- needs COMPOSANTE.COD_CMP COMPOSANTE.LIB_CMP
left join ins_adm_anu iaa on iaa.cod_anu = iae.cod_anu and iaa.cod_ind = iae.cod_ind -- needs INS_ADM_ANU.COD_ANU INS_ADM_ANU.COD_IND INS_ADM_ANU.COD_RGI
left join diplome dip on dip.cod_dip = iae.cod_dip -- needs DIPLOME.COD_DIP
left join etape etp on etp.cod_etp = iae.cod_etp -- needs ETAPE.COD_ETP ETAPE.COD_CUR
where iae.cod_anu between :first_year and :last_year
-- if delta
  -- Whole records of whoever has moved. The two databases take the greatest of dates and NULL differently: hence "or".
  and iae.cod_ind in (
    select r.cod_ind from ins_adm_etp r left join individu p on p.cod_ind = r.cod_ind
    where r.cod_anu between :first_year and :last_year
      and (r.dat_cre_iae >= to_timestamp(:since, 'DD/MM/YYYY HH24:MI:SS')
        or r.dat_mod_iae >= to_timestamp(:since, 'DD/MM/YYYY HH24:MI:SS')
        or r.dat_annul_res_iae >= to_timestamp(:since, 'DD/MM/YYYY HH24:MI:SS')
        or p.dat_mod_ind >= to_timestamp(:since, 'DD/MM/YYYY HH24:MI:SS')))
-- end
-- if one
  and i.cod_etu = :student
-- end
order by i.cod_etu, i.cod_ind, iae.cod_anu, iae.cod_etp, iae.cod_vrs_vet, iae.num_occ_iae
