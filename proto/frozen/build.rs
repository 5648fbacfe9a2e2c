//! Compiles the frozen `.proto` files into the code of the contract: what a router of that time knew.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = ["smart_router/v1/config.proto", "smart_router/v1/responses.proto", "smart_router/v1/usage.proto"];
    println!("cargo:rerun-if-changed=smart_router");
    let descriptors = protox::compile(files, ["."])?;
    tonic_prost_build::configure()
        .bytes(".smart_router.v1.Resource")
        .bytes(".smart_router.v1.UsageBatch")
        .compile_fds(descriptors)?;
    Ok(())
}
