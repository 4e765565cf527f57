//! A table of columns as an Apache Parquet file: one row group, one uncompressed page a column, every value present.
//!
//! Written here because the `parquet` crate switches on random hash seeds in a package that the network library shares with it
//! (docs/decisions/0004-parquet.md). The format: <https://parquet.apache.org/docs/file-format/>; its headers are Thrift structs in the
//! compact protocol, <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>.

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Values, as many as every other column has.
    pub values: Values,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// UTF-8 text.
    Text(Vec<String>),
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Real numbers; not a number where there is none.
    Real(Vec<f64>),
}

const MAGIC: &[u8; 4] = b"PAR1";
/// `Encoding.PLAIN` for values, `Encoding.RLE` for the levels that columns without gaps do not have.
const PLAIN: i64 = 0;
const RLE: i64 = 3;

/// The bytes of a file; columns are of one length.
pub fn file(columns: &[Column]) -> Vec<u8> {
    file_with(columns, &[])
}

/// [`file()`] with key-value metadata.
pub fn file_with(columns: &[Column], metadata: &[(String, String)]) -> Vec<u8> {
    let rows = columns.first().map_or(0, |c| c.values.len()) as i64;
    let mut out = MAGIC.to_vec();
    let mut chunks = Vec::new();
    let mut schema = vec![Thrift::default().binary(4, "table").whole(5, columns.len() as i64).end()];
    for Column { name, values } in columns {
        let offset = out.len() as i64;
        let data = values.plain();
        let page = Thrift::default().whole(1, rows).whole(2, PLAIN).whole(3, RLE).whole(4, RLE).end();
        let size = data.len() as i64;
        out.extend(Thrift::default().whole(1, 0).whole(2, size).whole(3, size).nested(5, &page).end());
        out.extend(data);
        let length = out.len() as i64 - offset;
        let chunk = Thrift::default()
            .whole(1, values.kind())
            .list(2, WHOLE, &[zigzag(PLAIN)])
            .list(3, BINARY, &[text(name)])
            .whole(4, 0)
            .long(5, rows)
            .long(6, length)
            .long(7, length)
            .long(9, offset)
            .end();
        chunks.push(Thrift::default().long(2, offset).nested(3, &chunk).end());
        let element = Thrift::default().whole(1, values.kind()).whole(3, 0).binary(4, name);
        let is_text = matches!(values, Values::Text(_));
        schema.push(if is_text { element.whole(6, 0).end() } else { element.end() });
    }
    let group = Thrift::default().list(1, STRUCT, &chunks).long(2, out.len() as i64 - 4).long(3, rows).end();
    let pairs: Vec<_> = metadata.iter().map(|(k, v)| Thrift::default().binary(1, k).binary(2, v).end()).collect();
    let mut footer = Thrift::default().whole(1, 1).list(2, STRUCT, &schema).long(3, rows).list(4, STRUCT, &[group]);
    if !pairs.is_empty() {
        footer = footer.list(5, STRUCT, &pairs);
    }
    let footer = footer.binary(6, concat!("tiptwin ", env!("CARGO_PKG_VERSION"))).end();
    out.extend(&footer);
    out.extend((footer.len() as u32).to_le_bytes());
    out.extend(MAGIC);
    out
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Text(v) => v.len(),
            Self::Whole(v) => v.len(),
            Self::Real(v) => v.len(),
        }
    }

    /// Number of the physical type: `BYTE_ARRAY`, `INT64`, `DOUBLE`.
    const fn kind(&self) -> i64 {
        match self {
            Self::Text(_) => 6,
            Self::Whole(_) => 2,
            Self::Real(_) => 5,
        }
    }

    fn plain(&self) -> Vec<u8> {
        match self {
            Self::Text(v) => {
                v.iter().flat_map(|t| (t.len() as u32).to_le_bytes().into_iter().chain(t.bytes())).collect()
            }
            Self::Whole(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::Real(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        }
    }
}

/// Thrift's types.
const WHOLE: u8 = 5;
const LONG: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// A struct in the compact protocol, fields in rising order.
#[derive(Default)]
struct Thrift {
    bytes: Vec<u8>,
    last: u8,
}

impl Thrift {
    fn field(mut self, id: u8, kind: u8, value: &[u8]) -> Self {
        self.bytes.push((id - self.last) << 4 | kind);
        self.bytes.extend(value);
        self.last = id;
        self
    }

    fn whole(self, id: u8, value: i64) -> Self {
        self.field(id, WHOLE, &zigzag(value))
    }

    fn long(self, id: u8, value: i64) -> Self {
        self.field(id, LONG, &zigzag(value))
    }

    fn binary(self, id: u8, value: &str) -> Self {
        self.field(id, BINARY, &text(value))
    }

    fn nested(self, id: u8, value: &[u8]) -> Self {
        self.field(id, STRUCT, value)
    }

    fn list(self, id: u8, kind: u8, items: &[Vec<u8>]) -> Self {
        let mut value = match items.len() {
            n @ 0..15 => vec![(n as u8) << 4 | kind],
            n => [vec![0xf0 | kind], varint(n as u64)].concat(),
        };
        value.extend(items.concat());
        self.field(id, LIST, &value)
    }

    fn end(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7f {
        out.push(value as u8 & 0x7f | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn zigzag(value: i64) -> Vec<u8> {
    varint((value << 1 ^ value >> 63) as u64)
}

fn text(value: &str) -> Vec<u8> {
    [varint(value.len() as u64), value.as_bytes().to_vec()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Vec<Column> {
        vec![
            Column {
                name: "case".into(),
                values: Values::Text(vec!["dark".into(), "0.1 sun, µ".into(), String::new()]),
            },
            Column { name: "n".into(), values: Values::Whole(vec![25, -7, 1 << 40]) },
            Column { name: "r2".into(), values: Values::Real(vec![0.5, f64::NAN, -1e300]) },
        ]
    }

    #[test]
    fn integers_follow_the_compact_protocol() {
        assert_eq!((zigzag(0), zigzag(-1), zigzag(1), zigzag(-64)), (vec![0], vec![1], vec![2], vec![127]));
        assert_eq!((zigzag(64), zigzag(i64::MIN).len()), (vec![0x80, 1], 10));
    }

    /// These bytes were read back by pyarrow 26 (`pyarrow.parquet.read_table(path).to_pydict()`) as the values of `table`, text as
    /// strings; so are the 16 columns of `explorations.parquet`, whose list headers are longer.
    #[test]
    fn golden_a_file_that_pyarrow_reads() {
        let bytes = file(&table());
        if let Some(path) = std::env::var_os("TIPTWIN_WRITE_PARQUET") {
            std::fs::write(path, &bytes).expect("writes");
        }
        let sum = bytes.iter().fold(0u64, |s, b| s.wrapping_mul(1_099_511_628_211).wrapping_add(u64::from(*b)));
        assert_eq!((bytes.len(), sum), (288, 13_349_019_653_717_129_616));
        assert!(bytes.starts_with(MAGIC) && bytes.ends_with(MAGIC));
    }

    #[test]
    fn many_columns_and_no_rows_are_files_too() {
        let names: [&'static str; 20] = std::array::from_fn(|i| ["a", "b", "c", "d"][i % 4]);
        let bytes = file(&names.map(|name| Column { name: name.into(), values: Values::Real(Vec::new()) }));
        let footer =
            u32::from_le_bytes(bytes[bytes.len() - 8..bytes.len() - 4].try_into().expect("four bytes")) as usize;
        assert!(footer < bytes.len() - 12);
    }
}
