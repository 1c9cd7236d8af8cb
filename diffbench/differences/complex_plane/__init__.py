"""What the complex step runs f on: real numbers that carry a derivative as imaginary part."""
