//! Compiles the `.proto` files with protox, so that no `protoc` is needed on the machine.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = ["smart_router/v1/config.proto", "smart_router/v1/responses.proto", "smart_router/v1/usage.proto"];
    println!("cargo:rerun-if-changed=proto");
    let descriptors = protox::compile(files, ["proto"])?;
    // Bodies are shared among all the messages that carry them.
    tonic_prost_build::configure()
        .bytes(".smart_router.v1.Resource")
        .bytes(".smart_router.v1.UsageBatch")
        .compile_fds(descriptors)?;
    Ok(())
}
