//! The `tiptwin` command.

fn main() -> std::process::ExitCode {
    tiptwin::command::main()
}
