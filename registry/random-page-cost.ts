/** What PostgreSQL is to think that a page costs which is not read in order, beside one that is. It thinks 4, of disks
 *  that turn: then it reads whole tables where we ask for some hundreds of students by their numbers. A registry lies in
 *  memory or on flash: settling many took twice the processor time of the server before (decision 014). An address of the
 *  registry with `options=-c random_page_cost=4` says otherwise. */
export const randomPageCost = '1.1'
