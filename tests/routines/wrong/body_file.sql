BEGIN
    -- Everything that there is.
    RETURN (SELECT sum(amount) FROM accounts);
END
