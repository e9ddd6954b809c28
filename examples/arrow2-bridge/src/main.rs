//! Two muons' momenta go from arrow2 to hepsys, are scaled to an expected yield, and go back.

use std::error::Error;

use arrow2::array::Float32Array;
use arrow2::chunk::Chunk;
use arrow2_bridge::{field, numbers, read_ipc, write_ipc};
use hepsys_io::{ReadOptions, read_sample, write_sample};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir();
    let (from_arrow2, from_hepsys) = (folder.join("from_arrow2.arrow"), folder.join("from_hepsys.arrow"));

    let pt = Float32Array::from_vec(vec![45_500.0, 27_000.0]).boxed();
    let fields = vec![field("PT1", pt.as_ref(), "MeV")];
    write_ipc(&from_arrow2, fields, &Chunk::new(vec![pt]))?;

    let sample = read_sample(&from_arrow2, &ReadOptions::new().column_as("PT1", "pt1").unit("pt1", "GeV"))?;
    write_sample(&from_hepsys, &sample.scaled_to(9.5)?)?;

    let (schema, batches) = read_ipc(&from_hepsys)?;
    for (field, array) in schema.fields.iter().zip(batches[0].arrays()) {
        println!(
            "{} [{}] {:?}",
            field.name,
            field.metadata.get("unit").map_or("", String::as_str),
            numbers(array.as_ref())
        );
    }
    Ok(())
}
