//! Multi-row inserts. Row counts are cut into powers of two, so that a database sees few different texts and
//! its statement cache holds them all.

/// The largest chunk: 64 rows of our widest table stay far below SQLite's 32,766 parameters.
const LARGEST: usize = 64;

/// Cuts a slice into chunks of 64, 32, 16 … 1 rows.
pub(super) fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        if rows.is_empty() {
            return None;
        }
        let size = rows.len().min(LARGEST);
        let size = 1 << size.ilog2();
        let (chunk, rest) = rows.split_at_checked(size)?;
        rows = rest;
        Some(chunk)
    })
}

/// Inserts all rows of a slice: `insert_rows!(tx, "INSERT INTO t (a, b) ", rows, |b, r| { b.push_bind(r.a); … }, " ON CONFLICT DO NOTHING")`.
macro_rules! insert_rows {
    ($tx:expr, $head:expr, $rows:expr, |$b:ident, $r:pat_param| $body:block, $tail:expr) => {{
        for chunk in $crate::store::bulk::chunks($rows) {
            match &mut $tx.conn {
                $crate::store::tx::Conn::Sqlite(t) => {
                    let mut q = sqlx::QueryBuilder::<sqlx::Sqlite>::new($head);
                    q.push_values(chunk, |mut $b, $r| $body);
                    q.push($tail);
                    q.build().execute(&mut **t).await.map_err(|e| $tx.spoil(e))?;
                }
                $crate::store::tx::Conn::Postgres(t) => {
                    let mut q = sqlx::QueryBuilder::<sqlx::Postgres>::new($head);
                    q.push_values(chunk, |mut $b, $r| $body);
                    q.push($tail);
                    $crate::store::tx::answered(q.build().execute(&mut **t), $tx.patience)
                        .await
                        .map_err(|e| $tx.spoil(e))?;
                }
            }
        }
    }};
}

/// Like `insert_rows!`, and collects what `RETURNING` gives as tuples.
macro_rules! insert_rows_returning {
    ($tx:expr, $row:ty, $head:expr, $rows:expr, |$b:ident, $r:pat_param| $body:block, $tail:expr) => {{
        let mut out: Vec<$row> = Vec::new();
        for chunk in $crate::store::bulk::chunks($rows) {
            match &mut $tx.conn {
                $crate::store::tx::Conn::Sqlite(t) => {
                    let mut q = sqlx::QueryBuilder::<sqlx::Sqlite>::new($head);
                    q.push_values(chunk, |mut $b, $r| $body);
                    q.push($tail);
                    out.extend(
                        q.build_query_as::<$row>().fetch_all(&mut **t).await.map_err(|e| $tx.spoil(e))?,
                    );
                }
                $crate::store::tx::Conn::Postgres(t) => {
                    let mut q = sqlx::QueryBuilder::<sqlx::Postgres>::new($head);
                    q.push_values(chunk, |mut $b, $r| $body);
                    q.push($tail);
                    out.extend(
                        $crate::store::tx::answered(
                            q.build_query_as::<$row>().fetch_all(&mut **t),
                            $tx.patience,
                        )
                        .await
                        .map_err(|e| $tx.spoil(e))?,
                    );
                }
            }
        }
        out
    }};
}

/// Rows of a query with one plain value and two lists: head, value, text, list, text, list, tail.
macro_rules! fetch_in {
    ($tx:expr, $row:ty, $head:expr, $one:expr, $mid:expr, $first:expr, $and:expr, $second:expr, $tail:expr) => {
        match &mut $tx.conn {
            $crate::store::tx::Conn::Sqlite(t) => {
                let mut q = sqlx::QueryBuilder::<sqlx::Sqlite>::new($head);
                q.push_bind($one).push($mid);
                let mut list = q.separated(", ");
                $first.for_each(|v| {
                    list.push_bind(v);
                });
                q.push($and);
                let mut list = q.separated(", ");
                $second.for_each(|v| {
                    list.push_bind(v);
                });
                q.push($tail);
                q.build_query_as::<$row>().fetch_all(&mut **t).await.map_err(|e| $tx.spoil(e))?
            }
            $crate::store::tx::Conn::Postgres(t) => {
                let mut q = sqlx::QueryBuilder::<sqlx::Postgres>::new($head);
                q.push_bind($one).push($mid);
                let mut list = q.separated(", ");
                $first.for_each(|v| {
                    list.push_bind(v);
                });
                q.push($and);
                let mut list = q.separated(", ");
                $second.for_each(|v| {
                    list.push_bind(v);
                });
                q.push($tail);
                $crate::store::tx::answered(q.build_query_as::<$row>().fetch_all(&mut **t), $tx.patience)
                    .await
                    .map_err(|e| $tx.spoil(e))?
            }
        }
    };
}

/// Rows of a query with one list at its end: head up to the bracket, list, what follows the bracket, and what
/// follows that on PostgreSQL only.
macro_rules! fetch_list {
    ($tx:expr, $row:ty, $head:expr, $list:expr, $tail:expr, $postgres:expr) => {
        match &mut $tx.conn {
            $crate::store::tx::Conn::Sqlite(t) => {
                let mut q = sqlx::QueryBuilder::<sqlx::Sqlite>::new($head);
                let mut list = q.separated(", ");
                $list.for_each(|v| {
                    list.push_bind(v);
                });
                q.push(")").push($tail);
                q.build_query_as::<$row>().fetch_all(&mut **t).await.map_err(|e| $tx.spoil(e))?
            }
            $crate::store::tx::Conn::Postgres(t) => {
                let mut q = sqlx::QueryBuilder::<sqlx::Postgres>::new($head);
                let mut list = q.separated(", ");
                $list.for_each(|v| {
                    list.push_bind(v);
                });
                q.push(")").push($tail).push($postgres);
                $crate::store::tx::answered(q.build_query_as::<$row>().fetch_all(&mut **t), $tx.patience)
                    .await
                    .map_err(|e| $tx.spoil(e))?
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::chunks;

    #[test]
    fn chunks_are_powers_of_two_and_lose_nothing() {
        for n in [0_usize, 1, 2, 3, 63, 64, 65, 200] {
            let rows: Vec<usize> = (0..n).collect();
            let cut: Vec<&[usize]> = chunks(&rows).collect();
            assert!(cut.iter().all(|c| c.len().is_power_of_two() && c.len() <= 64));
            assert_eq!(cut.concat(), rows);
        }
    }
}
