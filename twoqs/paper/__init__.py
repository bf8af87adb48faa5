"""The paper's figures, claims about them and the page that reports them."""
